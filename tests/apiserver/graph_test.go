package main

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func object(id string, owners ...string) *node {
	m := &metav1.PartialObjectMetadata{}
	m.UID = types.UID(id)
	for _, o := range owners {
		m.OwnerReferences = append(m.OwnerReferences, metav1.OwnerReference{UID: types.UID(o), Name: o})
	}
	return &node{obj: m}
}

func TestGraph_OwnerChanges_DependentsFollow(t *testing.T) {
	g := newGraph()
	g.put(object("child", "a", "b"))
	g.put(object("child", "b"))

	if n := len(g.dependentsOf("a")); n != 0 {
		t.Errorf("a has %d dependents", n)
	}
	if n := len(g.dependentsOf("b")); n != 1 {
		t.Errorf("b has %d dependents", n)
	}
}

func TestGraph_ObjectGone_IsNobodysDependent(t *testing.T) {
	g := newGraph()
	g.put(object("child", "a"))

	g.remove("child")

	if g.get("child") != nil || len(g.dependentsOf("a")) != 0 || len(g.dependents) != 0 {
		t.Errorf("left: %v, %v", g.nodes, g.dependents)
	}
}
