package main

import (
	"context"
	"fmt"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metatable "k8s.io/apimachinery/pkg/api/meta/table"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/generic"
	genericregistry "k8s.io/apiserver/pkg/registry/generic/registry"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/storage/names"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// REST serves a resource.
type REST struct {
	*genericregistry.Store
	r *resource
}

func (r REST) ShortNames() []string { return r.r.short }
func (r REST) Categories() []string { return r.r.categories }

// subREST serves get and update of a subresource that shares the resource's object.
type subREST struct{ store *genericregistry.Store }

func (s subREST) New() runtime.Object { return s.store.New() }
func (s subREST) Destroy()            {}
func (s subREST) Get(ctx context.Context, name string, o *metav1.GetOptions) (runtime.Object, error) {
	return s.store.Get(ctx, name, o)
}
func (s subREST) Update(ctx context.Context, name string, info rest.UpdatedObjectInfo, cv rest.ValidateObjectFunc, uv rest.ValidateObjectUpdateFunc, _ bool, o *metav1.UpdateOptions) (runtime.Object, bool, error) {
	return s.store.Update(ctx, name, info, cv, uv, false, o)
}
func (s subREST) GetResetFields() map[fieldpath.APIVersion]*fieldpath.Set {
	return s.store.GetResetFields()
}
func (s subREST) ConvertToTable(ctx context.Context, obj, o runtime.Object) (*metav1.Table, error) {
	return s.store.ConvertToTable(ctx, obj, o)
}

// install makes the storages of one resource and of its subresources.
func (r *resource) install(getter generic.RESTOptionsGetter, into map[string]rest.Storage) error {
	s := strategy{scheme, names.SimpleNameGenerator, r, ""}
	elem, list := reflect.TypeOf(r.obj).Elem(), reflect.TypeOf(r.list).Elem()
	store := &genericregistry.Store{
		NewFunc:     func() runtime.Object { return reflect.New(elem).Interface().(runtime.Object) },
		NewListFunc: func() runtime.Object { return reflect.New(list).Interface().(runtime.Object) },
		PredicateFunc: func(l labels.Selector, f fields.Selector) storage.SelectionPredicate {
			return storage.SelectionPredicate{Label: l, Field: f, GetAttrs: r.attrs}
		},
		DefaultQualifiedResource:  r.gv.WithResource(r.plural).GroupResource(),
		SingularQualifiedResource: r.gv.WithResource(r.singular).GroupResource(),
		CreateStrategy:            s, UpdateStrategy: s, DeleteStrategy: s, ResetFieldsStrategy: s,
		TableConvertor: r,
	}
	if r.ttl > 0 {
		store.TTLFunc = func(runtime.Object, uint64, bool) (uint64, error) { return r.ttl, nil }
	}
	if r.plural == "namespaces" {
		store.ShouldDeleteDuringUpdate = func(ctx context.Context, key string, obj, existing runtime.Object) bool {
			return len(obj.(*corev1.Namespace).Spec.Finalizers) == 0 && genericregistry.ShouldDeleteDuringUpdate(ctx, key, obj, existing)
		}
	}
	if err := store.CompleteWithOptions(&generic.StoreOptions{RESTOptions: getter, AttrFunc: r.attrs}); err != nil {
		return fmt.Errorf("%s: %w", r.plural, err)
	}
	sub := func(name string) subREST {
		c := *store
		st := strategy{scheme, names.SimpleNameGenerator, r, name}
		c.CreateStrategy, c.DeleteStrategy, c.UpdateStrategy, c.ResetFieldsStrategy = nil, nil, st, st
		return subREST{&c}
	}
	into[r.plural] = REST{store, r}
	if r.has("Status") {
		into[r.plural+"/status"] = sub("status")
	}
	if r.plural == "namespaces" {
		into[r.plural] = namespaceREST{REST{store, r}}
		into["namespaces/finalize"] = sub("finalize")
	}
	return nil
}

func (r *resource) attrs(obj runtime.Object) (labels.Set, fields.Set, error) {
	m, err := meta.Accessor(obj)
	if err != nil {
		return nil, nil, err
	}
	f := fields.Set{"metadata.name": m.GetName()}
	if !r.clusterScoped {
		f["metadata.namespace"] = m.GetNamespace()
	}
	if r.fields != nil {
		for k, v := range r.fields(obj) {
			f[k] = v
		}
	}
	return m.GetLabels(), f, nil
}

// ConvertToTable prints name, the resource's own columns and the age.
func (r *resource) ConvertToTable(_ context.Context, obj, _ runtime.Object) (*metav1.Table, error) {
	t := &metav1.Table{ColumnDefinitions: []metav1.TableColumnDefinition{{Name: "Name", Type: "string", Format: "name"}}}
	for _, c := range r.columns {
		t.ColumnDefinitions = append(t.ColumnDefinitions, metav1.TableColumnDefinition{Name: c.name, Type: "string"})
	}
	t.ColumnDefinitions = append(t.ColumnDefinitions, metav1.TableColumnDefinition{Name: "Age", Type: "string"})
	if l, err := meta.ListAccessor(obj); err == nil {
		t.ResourceVersion, t.Continue, t.RemainingItemCount = l.GetResourceVersion(), l.GetContinue(), l.GetRemainingItemCount()
	} else if m, err := meta.CommonAccessor(obj); err == nil {
		t.ResourceVersion = m.GetResourceVersion()
	}
	var err error
	t.Rows, err = metatable.MetaToTableRow(obj, func(o runtime.Object, _ metav1.Object, name, age string) ([]any, error) {
		cells := []any{name}
		for _, c := range r.columns {
			cells = append(cells, c.what(o))
		}
		return append(cells, age), nil
	})
	return t, err
}
