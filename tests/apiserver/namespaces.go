package main

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/cache"
)

const namespaceRetry = 200 * time.Millisecond

// deletable lists every served resource that can be watched and deleted. With an error the list is not complete.
func deletable(d discovery.DiscoveryInterface) (map[schema.GroupVersionResource]metav1.APIResource, error) {
	lists, err := d.ServerPreferredResources()
	if err != nil {
		return nil, err
	}
	served := map[schema.GroupVersionResource]metav1.APIResource{}
	for _, l := range lists {
		gv, err := schema.ParseGroupVersion(l.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, r := range l.APIResources {
			if sets.New(r.Verbs...).HasAll("delete", "list", "watch") {
				served[gv.WithResource(r.Name)] = r
			}
		}
	}
	return served, nil
}

// namespaceController gives every namespace its default service account and empties those that are being deleted.
type namespaceController struct {
	kube    kubernetes.Interface
	objects metadata.Interface
	shared  informers.SharedInformerFactory
}

func (c *namespaceController) run(ctx context.Context) {
	wake := make(chan struct{}, 1)
	poke := func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	_, _ = c.shared.Core().V1().Namespaces().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { poke() },
		UpdateFunc: func(any, any) { poke() },
	})
	for {
		if !c.pass(ctx) {
			time.AfterFunc(namespaceRetry, poke)
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		}
	}
}

// pass looks at every namespace once, and returns whether all are settled.
func (c *namespaceController) pass(ctx context.Context) (settled bool) {
	namespaces, err := c.shared.Core().V1().Namespaces().Lister().List(labels.Everything())
	settled = err == nil
	var served map[schema.GroupVersionResource]metav1.APIResource
	for _, ns := range namespaces {
		if ns.DeletionTimestamp.IsZero() {
			settled = c.addServiceAccount(ctx, ns.Name) == nil && settled
			continue
		}
		if served == nil {
			// A group that could not be read may hold objects: then no namespace may end.
			if served, err = deletable(c.kube.Discovery()); err != nil {
				return false
			}
		}
		settled = c.finalize(ctx, ns, served) == nil && settled
	}
	return settled
}

func (c *namespaceController) addServiceAccount(ctx context.Context, namespace string) error {
	const name = "default"
	_, err := c.shared.Core().V1().ServiceAccounts().Lister().ServiceAccounts(namespace).Get(name)
	if !apierrors.IsNotFound(err) {
		return err
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err = c.kube.CoreV1().ServiceAccounts(namespace).Create(ctx, account, metav1.CreateOptions{}); apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

var errNotEmpty = errors.New("the namespace is not empty yet")

// finalize deletes what is in a namespace, and lets it go once a look finds nothing.
func (c *namespaceController) finalize(ctx context.Context, ns *corev1.Namespace, served map[schema.GroupVersionResource]metav1.APIResource) error {
	empty := true
	background := metav1.DeletePropagationBackground
	for gvr, r := range served {
		if !r.Namespaced {
			continue
		}
		objects := c.objects.Resource(gvr).Namespace(ns.Name)
		items, err := objects.List(ctx, metav1.ListOptions{Limit: 1})
		if err != nil {
			return err
		}
		if len(items.Items) > 0 {
			empty = false
			_ = objects.DeleteCollection(ctx, metav1.DeleteOptions{PropagationPolicy: &background}, metav1.ListOptions{})
		}
	}
	if !empty {
		return errNotEmpty
	}
	done := ns.DeepCopy()
	done.Spec.Finalizers = nil
	if _, err := c.kube.CoreV1().Namespaces().Finalize(ctx, done, metav1.UpdateOptions{}); !apierrors.IsNotFound(err) {
		return err
	}
	return nil
}
