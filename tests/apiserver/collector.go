package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
)

// effect is one thing that the collector does to an object.
type effect struct {
	what   effectKind
	object *node
	// of disown: the owner that goes; of unfinalize: the finalizer
	owner     types.UID
	finalizer string
}

type effectKind int

const (
	deleteInBackground effectKind = iota
	deleteInForeground
	disown
	unfinalize
)

// decide says what there is to do about an object: orphan or delete the dependents of one that is being deleted that
// way, or delete one whose owners are all gone. ownerIsGone asks the server.
func decide(n *node, dependents []*node, ownerIsGone func(metav1.OwnerReference) (bool, error)) (effects []effect, err error) {
	deleting := n.obj.DeletionTimestamp != nil
	switch {
	case deleting && slices.Contains(n.obj.Finalizers, metav1.FinalizerOrphanDependents):
		for _, d := range dependents {
			effects = append(effects, effect{what: disown, object: d, owner: n.obj.UID})
		}
		return append(effects, effect{what: unfinalize, object: n, finalizer: metav1.FinalizerOrphanDependents}), nil

	case deleting && slices.Contains(n.obj.Finalizers, metav1.FinalizerDeleteDependents):
		blocked := false
		for _, d := range dependents {
			blocked = blocked || slices.ContainsFunc(d.obj.OwnerReferences, func(r metav1.OwnerReference) bool {
				return r.UID == n.obj.UID && r.BlockOwnerDeletion != nil && *r.BlockOwnerDeletion
			})
			if d.obj.DeletionTimestamp == nil {
				effects = append(effects, effect{what: deleteInForeground, object: d})
			}
		}
		if !blocked {
			effects = append(effects, effect{what: unfinalize, object: n, finalizer: metav1.FinalizerDeleteDependents})
		}
		return effects, nil

	case deleting || len(n.obj.OwnerReferences) == 0:
		return nil, nil
	}
	for _, r := range n.obj.OwnerReferences {
		if gone, err := ownerIsGone(r); err != nil || !gone {
			return nil, err
		}
	}
	return []effect{{what: deleteInBackground, object: n}}, nil
}

// collector is the garbage collector: background, foreground and orphan deletion by owner references.
type collector struct {
	objects metadata.Interface
	graph   *graph
	kinds   atomic.Pointer[map[schema.GroupVersionKind]metav1.APIResource]
	queue   workqueue.TypedRateLimitingInterface[types.UID]
}

func newCollector(objects metadata.Interface) *collector {
	return &collector{
		objects: objects,
		graph:   newGraph(),
		queue: workqueue.NewTypedRateLimitingQueue(
			workqueue.NewTypedItemExponentialFailureRateLimiter[types.UID](20*time.Millisecond, 5*time.Second)),
	}
}

func (c *collector) run(ctx context.Context, d discovery.DiscoveryInterface) {
	watching := map[schema.GroupVersionResource]context.CancelFunc{}
	go wait.UntilWithContext(ctx, func(ctx context.Context) { c.follow(ctx, d, watching) }, time.Second)
	go func() {
		<-ctx.Done()
		c.queue.ShutDown()
	}()
	for {
		id, stop := c.queue.Get()
		if stop {
			return
		}
		if err := c.process(ctx, id); err != nil {
			klog.V(2).InfoS("collector retries", "uid", id, "err", err)
			c.queue.AddRateLimited(id)
		} else {
			c.queue.Forget(id)
		}
		c.queue.Done(id)
	}
}

// follow watches every kind that is served now, and no other.
func (c *collector) follow(ctx context.Context, d discovery.DiscoveryInterface, watching map[schema.GroupVersionResource]context.CancelFunc) {
	served, err := deletable(d)
	if err != nil {
		return // next time; a group that could not be read must not look as if it were gone
	}
	kinds := map[schema.GroupVersionKind]metav1.APIResource{}
	for gvr, r := range served {
		kinds[gvr.GroupVersion().WithKind(r.Kind)] = r
		if watching[gvr] != nil || gvr.Resource == "events" {
			continue
		}
		watch, stop := context.WithCancel(ctx)
		watching[gvr] = stop
		informer := metadatainformer.NewFilteredMetadataInformer(c.objects, gvr, metav1.NamespaceAll, 0, nil, nil).Informer()
		_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(o any) { c.seen(gvr, o) },
			UpdateFunc: func(_, o any) { c.seen(gvr, o) },
			DeleteFunc: c.gone,
		})
		go informer.RunWithContext(watch)
	}
	for gvr, stop := range watching {
		if _, ok := served[gvr]; !ok {
			stop()
			delete(watching, gvr)
		}
	}
	c.kinds.Store(&kinds)
}

func (c *collector) seen(gvr schema.GroupVersionResource, o any) {
	m := o.(*metav1.PartialObjectMetadata)
	c.graph.put(&node{gvr, m})
	if len(m.OwnerReferences) > 0 || m.DeletionTimestamp != nil {
		c.queue.Add(m.UID)
	}
}

func (c *collector) gone(o any) {
	if last, ok := o.(cache.DeletedFinalStateUnknown); ok {
		o = last.Obj
	}
	m := o.(*metav1.PartialObjectMetadata)
	c.graph.remove(m.UID)
	for _, d := range c.graph.dependentsOf(m.UID) {
		c.queue.Add(d.obj.UID)
	}
	for _, r := range m.OwnerReferences {
		c.queue.Add(r.UID) // one that waits for its dependents
	}
}

func (c *collector) process(ctx context.Context, id types.UID) error {
	n := c.graph.get(id)
	if n == nil {
		return nil
	}
	effects, err := decide(n, c.graph.dependentsOf(id), func(r metav1.OwnerReference) (bool, error) {
		return c.ownerIsGone(ctx, n.obj.Namespace, r)
	})
	if err != nil {
		return err
	}
	for _, e := range effects {
		// Also a conflict ends it: an owner must not go before each dependent was seen to.
		if err := c.apply(ctx, e); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}

func (c *collector) ownerIsGone(ctx context.Context, namespace string, r metav1.OwnerReference) (bool, error) {
	gv, err := schema.ParseGroupVersion(r.APIVersion)
	if err != nil {
		return false, err
	}
	kinds := c.kinds.Load()
	if kinds == nil {
		return false, fmt.Errorf("kinds are not known yet")
	}
	resource, ok := (*kinds)[gv.WithKind(r.Kind)]
	if !ok {
		return false, fmt.Errorf("no resource known for %s %s", r.APIVersion, r.Kind)
	}
	if !resource.Namespaced {
		namespace = metav1.NamespaceNone
	}
	owner, err := c.objects.Resource(gv.WithResource(resource.Name)).Namespace(namespace).Get(ctx, r.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return true, nil
	}
	return err == nil && owner.UID != r.UID, err
}

func (c *collector) apply(ctx context.Context, e effect) error {
	o := e.object.obj
	client := c.objects.Resource(e.object.gvr).Namespace(o.Namespace)
	remove := func(policy metav1.DeletionPropagation) error {
		return client.Delete(ctx, o.Name, metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(o.UID)), PropagationPolicy: &policy})
	}
	// A merge patch replaces lists whole; the resourceVersion makes sure that nothing which came since is lost.
	patch := func(field string, value any) error {
		body, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": o.UID, "resourceVersion": o.ResourceVersion, field: value}})
		if err == nil {
			_, err = client.Patch(ctx, o.Name, types.MergePatchType, body, metav1.PatchOptions{})
		}
		return err
	}
	switch e.what {
	case deleteInBackground:
		return remove(metav1.DeletePropagationBackground)
	case deleteInForeground:
		return remove(metav1.DeletePropagationForeground)
	case disown:
		return patch("ownerReferences", slices.DeleteFunc(slices.Clone(o.OwnerReferences), func(r metav1.OwnerReference) bool { return r.UID == e.owner }))
	default:
		return patch("finalizers", slices.DeleteFunc(slices.Clone(o.Finalizers), func(f string) bool { return f == e.finalizer }))
	}
}
