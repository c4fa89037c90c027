package main

import (
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// node is an object as the garbage collector sees it.
type node struct {
	gvr schema.GroupVersionResource
	obj *metav1.PartialObjectMetadata
}

// graph holds every object and knows the dependents of each owner, also of one that it has not seen.
type graph struct {
	mu         sync.Mutex
	nodes      map[types.UID]*node
	dependents map[types.UID]map[types.UID]*node
}

func newGraph() *graph {
	return &graph{nodes: map[types.UID]*node{}, dependents: map[types.UID]map[types.UID]*node{}}
}

func (g *graph) get(id types.UID) *node {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.nodes[id]
}

func (g *graph) dependentsOf(id types.UID) (nodes []*node) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, n := range g.dependents[id] {
		nodes = append(nodes, n)
	}
	return nodes
}

func (g *graph) put(n *node) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget(n.obj.UID)
	g.nodes[n.obj.UID] = n
	for _, r := range n.obj.OwnerReferences {
		if g.dependents[r.UID] == nil {
			g.dependents[r.UID] = map[types.UID]*node{}
		}
		g.dependents[r.UID][n.obj.UID] = n
	}
}

func (g *graph) remove(id types.UID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget(id)
}

func (g *graph) forget(id types.UID) {
	n := g.nodes[id]
	if n == nil {
		return
	}
	delete(g.nodes, id)
	for _, r := range n.obj.OwnerReferences {
		delete(g.dependents[r.UID], id)
		if len(g.dependents[r.UID]) == 0 {
			delete(g.dependents, r.UID)
		}
	}
}
