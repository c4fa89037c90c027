package main

import (
	"context"
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/storage/names"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// strategy is the create/update/delete behaviour of one resource; sub is "", "status" or "finalize".
type strategy struct {
	runtime.ObjectTyper
	names.NameGenerator
	r   *resource
	sub string
}

func (s strategy) NamespaceScoped() bool                                            { return !s.r.clusterScoped }
func (s strategy) Canonicalize(runtime.Object)                                      {}
func (s strategy) WarningsOnCreate(context.Context, runtime.Object) []string        { return nil }
func (s strategy) WarningsOnUpdate(_ context.Context, _, _ runtime.Object) []string { return nil }

// AllowCreateOnUpdate is true where Kubernetes lets a PUT create.
func (s strategy) AllowCreateOnUpdate() bool {
	return s.sub == "" && (s.r.gv == rbac || slices.Contains([]string{"leases", "events", "services"}, s.r.plural))
}

// AllowUnconditionalUpdate is false where Kubernetes refuses a PUT without a resourceVersion.
func (s strategy) AllowUnconditionalUpdate() bool {
	return !slices.Contains([]string{"leases", "namespaces"}, s.r.plural)
}

func part(obj runtime.Object, name string) reflect.Value {
	return reflect.ValueOf(obj).Elem().FieldByName(name)
}

func (s strategy) PrepareForCreate(_ context.Context, obj runtime.Object) {
	if s.r.has("Status") {
		st := part(obj, "Status")
		st.Set(reflect.Zero(st.Type()))
	}
	if s.r.has("Spec") {
		m, _ := meta.Accessor(obj)
		m.SetGeneration(1)
	}
	if ns, ok := obj.(*corev1.Namespace); ok {
		ns.Status.Phase = corev1.NamespaceActive
		ns.Spec.Finalizers = []corev1.FinalizerName{corev1.FinalizerKubernetes}
	}
	if s.r.defaults != nil {
		s.r.defaults(obj)
	}
}

func (s strategy) PrepareForUpdate(_ context.Context, obj, old runtime.Object) {
	m, _ := meta.Accessor(obj)
	was, _ := meta.Accessor(old)
	switch s.sub {
	case "status":
		if s.r.has("Spec") {
			part(obj, "Spec").Set(part(old, "Spec"))
		}
		m.SetLabels(was.GetLabels())
		m.SetFinalizers(was.GetFinalizers())
		m.SetOwnerReferences(was.GetOwnerReferences())
		if ns, ok := obj.(*corev1.Namespace); ok && ns.DeletionTimestamp.IsZero() {
			ns.Status.Phase = corev1.NamespaceActive
		}
	case "finalize":
		part(obj, "Status").Set(part(old, "Status"))
	default:
		if s.r.has("Status") {
			part(obj, "Status").Set(part(old, "Status"))
		}
		if ns, ok := obj.(*corev1.Namespace); ok {
			ns.Spec.Finalizers = old.(*corev1.Namespace).Spec.Finalizers
		}
		if s.r.defaults != nil {
			s.r.defaults(obj)
		}
	}
	m.SetGeneration(was.GetGeneration())
	if s.r.has("Spec") && !equality.Semantic.DeepEqual(part(obj, "Spec").Interface(), part(old, "Spec").Interface()) {
		m.SetGeneration(was.GetGeneration() + 1)
	}
}

func (s strategy) GetResetFields() map[fieldpath.APIVersion]*fieldpath.Set {
	other := map[string]string{"": "Status", "status": "Spec", "finalize": "Status"}[s.sub]
	if !s.r.has(other) {
		return nil
	}
	at := map[string]string{"Status": "status", "Spec": "spec"}[other]
	return map[fieldpath.APIVersion]*fieldpath.Set{fieldpath.APIVersion(s.r.gv.String()): fieldpath.NewSet(fieldpath.MakePathOrDie(at))}
}
