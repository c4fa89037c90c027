package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/util/dryrun"
)

// namespaceREST deletes in two steps: a namespace stays, terminating, until its spec.finalizers are empty.
type namespaceREST struct{ REST }

func (n namespaceREST) Delete(ctx context.Context, name string, dv rest.ValidateObjectFunc, o *metav1.DeleteOptions) (runtime.Object, bool, error) {
	obj, err := n.Get(ctx, name, &metav1.GetOptions{})
	if err != nil {
		return nil, false, err
	}
	ns := obj.(*corev1.Namespace)
	if o == nil {
		o = &metav1.DeleteOptions{}
	}
	if o.Preconditions == nil {
		o.Preconditions = &metav1.Preconditions{}
	}
	if o.Preconditions.UID == nil {
		o.Preconditions.UID = &ns.UID
	} else if *o.Preconditions.UID != ns.UID {
		return nil, false, apierrors.NewConflict(n.DefaultQualifiedResource, name, fmt.Errorf("precondition failed: UID"))
	}
	if !ns.DeletionTimestamp.IsZero() && len(ns.Spec.Finalizers) == 0 {
		return n.Store.Delete(ctx, name, dv, o)
	}
	key, err := n.KeyFunc(ctx, name)
	if err != nil {
		return nil, false, err
	}
	out := n.NewFunc()
	err = n.Storage.GuaranteedUpdate(ctx, key, out, false, &storage.Preconditions{UID: o.Preconditions.UID, ResourceVersion: o.Preconditions.ResourceVersion},
		storage.SimpleUpdate(func(existing runtime.Object) (runtime.Object, error) {
			e := existing.(*corev1.Namespace)
			if err := dv(ctx, e); err != nil {
				return nil, err
			}
			if e.DeletionTimestamp.IsZero() {
				e.DeletionTimestamp, e.DeletionGracePeriodSeconds = ptr(metav1.Now()), ptr(int64(0))
			}
			e.Status.Phase = corev1.NamespaceTerminating
			return e, nil
		}), dryrun.IsDryRun(o.DryRun), nil)
	if err != nil {
		return nil, false, err
	}
	if len(out.(*corev1.Namespace).Spec.Finalizers) == 0 {
		return n.Store.Delete(ctx, name, dv, o)
	}
	return out, false, nil
}

func (n namespaceREST) DeleteCollection(context.Context, rest.ValidateObjectFunc, *metav1.DeleteOptions, any) (runtime.Object, error) {
	return nil, apierrors.NewMethodNotSupported(n.DefaultQualifiedResource, "deletecollection")
}
