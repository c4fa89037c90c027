package main

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

const (
	namespaceRetry   = 200 * time.Millisecond
	namespaceWorkers = 8
)

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

// namespaceController gives every namespace its default service account and empties those that are being deleted, several at a time: one
// that waits for somebody's finalizers holds up no other.
type namespaceController struct {
	kube    kubernetes.Interface
	objects metadata.Interface
	shared  informers.SharedInformerFactory
	lock    sync.Mutex
	left    map[types.UID][]schema.GroupVersionResource // what had objects at the last look
}

func (c *namespaceController) run(ctx context.Context) {
	queue := workqueue.NewTyped[string]()
	defer queue.ShutDown()
	c.left = map[types.UID][]schema.GroupVersionResource{}
	enqueue := func(obj any) { queue.Add(obj.(*corev1.Namespace).Name) }
	_, _ = c.shared.Core().V1().Namespaces().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    enqueue,
		UpdateFunc: func(_, now any) { enqueue(now) },
	})
	for range namespaceWorkers {
		go func() {
			for {
				name, done := queue.Get()
				if done {
					return
				}
				if c.settle(ctx, name) != nil {
					time.AfterFunc(namespaceRetry, func() { queue.Add(name) })
				}
				queue.Done(name)
			}
		}()
	}
	<-ctx.Done()
}

// settle does what a namespace needs now; with an error it needs more later.
func (c *namespaceController) settle(ctx context.Context, name string) error {
	ns, err := c.shared.Core().V1().Namespaces().Lister().Get(name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if ns.DeletionTimestamp.IsZero() {
		return c.addServiceAccount(ctx, name)
	}
	return c.finalize(ctx, ns)
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

// finalize deletes what is in a namespace, and lets it go once a look at everything finds nothing. Until then only what had objects at the
// last look is looked at again.
func (c *namespaceController) finalize(ctx context.Context, ns *corev1.Namespace) error {
	if left := c.swapLeft(ns.UID, nil); left != nil {
		if left, err := c.empty(ctx, ns.Name, left); err != nil || len(left) > 0 {
			c.swapLeft(ns.UID, left)
			return cmp.Or(err, errNotEmpty)
		}
	}
	// A group that could not be read may hold objects: then no namespace may end.
	served, err := deletable(c.kube.Discovery())
	if err != nil {
		return err
	}
	var all []schema.GroupVersionResource
	for gvr, r := range served {
		if r.Namespaced {
			all = append(all, gvr)
		}
	}
	if left, err := c.empty(ctx, ns.Name, all); err != nil || len(left) > 0 {
		c.swapLeft(ns.UID, left)
		return cmp.Or(err, errNotEmpty)
	}
	done := ns.DeepCopy()
	done.Spec.Finalizers = nil
	if _, err := c.kube.CoreV1().Namespaces().Finalize(ctx, done, metav1.UpdateOptions{}); !apierrors.IsNotFound(err) {
		return err
	}
	return nil
}

// empty deletes the objects of a namespace, and returns the resources that had any.
func (c *namespaceController) empty(ctx context.Context, namespace string, resources []schema.GroupVersionResource) (left []schema.GroupVersionResource, err error) {
	background := metav1.DeletePropagationBackground
	for _, gvr := range resources {
		objects := c.objects.Resource(gvr).Namespace(namespace)
		items, err := objects.List(ctx, metav1.ListOptions{Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(items.Items) > 0 {
			left = append(left, gvr)
			_ = objects.DeleteCollection(ctx, metav1.DeleteOptions{PropagationPolicy: &background}, metav1.ListOptions{})
		}
	}
	return left, nil
}

// swapLeft remembers what of a namespace had objects, nil for nothing to remember, and returns what was remembered.
func (c *namespaceController) swapLeft(uid types.UID, left []schema.GroupVersionResource) []schema.GroupVersionResource {
	c.lock.Lock()
	defer c.lock.Unlock()
	before := c.left[uid]
	if delete(c.left, uid); left != nil {
		c.left[uid] = left
	}
	return before
}
