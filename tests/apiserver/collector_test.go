package main

import (
	"errors"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func deleting(n *node, finalizer string) *node {
	now := metav1.Now()
	n.obj.DeletionTimestamp, n.obj.Finalizers = &now, []string{finalizer}
	return n
}

func blocking(n *node) *node {
	n.obj.OwnerReferences[0].BlockOwnerDeletion = ptr(true)
	return n
}

func gone(names ...string) func(metav1.OwnerReference) (bool, error) {
	return func(r metav1.OwnerReference) (bool, error) {
		for _, n := range names {
			if r.Name == n {
				return true, nil
			}
		}
		return false, nil
	}
}

func TestDecide(t *testing.T) {
	orphan, foreground := metav1.FinalizerOrphanDependents, metav1.FinalizerDeleteDependents
	for _, c := range []struct {
		name       string
		node       *node
		dependents []*node
		gone       []string
		want       []effectKind
	}{
		{"no owner", object("x"), nil, nil, nil},
		{"owner lives", object("x", "a"), nil, nil, nil},
		{"one owner of two lives", object("x", "a", "b"), nil, []string{"a"}, nil},
		{"all owners are gone", object("x", "a", "b"), nil, []string{"a", "b"}, []effectKind{deleteInBackground}},
		{"is being deleted already", deleting(object("x", "a"), "some/finalizer"), nil, []string{"a"}, nil},
		{"orphans its dependents first", deleting(object("x"), orphan), []*node{object("d", "x")}, nil, []effectKind{disown, unfinalize}},
		{"waits for a blocking dependent", deleting(object("x"), foreground), []*node{blocking(object("d", "x"))}, nil, []effectKind{deleteInForeground}},
		{"asks a dependent once", deleting(object("x"), foreground), []*node{deleting(blocking(object("d", "x")), "f")}, nil, nil},
		{"waits for no other dependent", deleting(object("x"), foreground), []*node{object("d", "x")}, nil, []effectKind{deleteInForeground, unfinalize}},
		{"has no dependents left", deleting(object("x"), foreground), nil, nil, []effectKind{unfinalize}},
	} {
		t.Run(c.name, func(t *testing.T) {
			effects, err := decide(c.node, c.dependents, gone(c.gone...))
			if err != nil {
				t.Fatal(err)
			}
			if len(effects) != len(c.want) {
				t.Fatalf("effects %v, want %v", effects, c.want)
			}
			for i, e := range effects {
				if e.what != c.want[i] {
					t.Errorf("effect %d: %v, want %v", i, e.what, c.want[i])
				}
			}
		})
	}
}

func TestDecide_OwnerCannotBeLookedUp_DeletesNothing(t *testing.T) {
	effects, err := decide(object("x", "a"), nil, func(metav1.OwnerReference) (bool, error) { return false, errors.New("down") })
	if err == nil || len(effects) != 0 {
		t.Errorf("effects %v, error %v", effects, err)
	}
}
