package main

import (
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	rbaclisters "k8s.io/client-go/listers/rbac/v1"
	"k8s.io/client-go/tools/cache"
)

func authorizerOf(t *testing.T, objects ...any) *rbacAuthorizer {
	t.Helper()
	var stores [4]cache.Indexer
	for i := range stores {
		stores[i] = cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	}
	for _, o := range objects {
		i := 0
		switch o.(type) {
		case *rbacv1.Role:
		case *rbacv1.RoleBinding:
			i = 1
		case *rbacv1.ClusterRole:
			i = 2
		case *rbacv1.ClusterRoleBinding:
			i = 3
		default:
			t.Fatalf("unexpected %T", o)
		}
		if err := stores[i].Add(o); err != nil {
			t.Fatal(err)
		}
	}
	return &rbacAuthorizer{rbaclisters.NewRoleLister(stores[0]), rbaclisters.NewRoleBindingLister(stores[1]),
		rbaclisters.NewClusterRoleLister(stores[2]), rbaclisters.NewClusterRoleBindingLister(stores[3])}
}

func TestRBAC(t *testing.T) {
	rules := []rbacv1.PolicyRule{
		{Verbs: []string{"get", "list"}, APIGroups: []string{""}, Resources: []string{"secrets"}},
		{Verbs: []string{"update"}, APIGroups: []string{"x.io"}, Resources: []string{"things/status"}},
		{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"configmaps"}, ResourceNames: []string{"mine"}},
	}
	account := []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: "op"}} // without a namespace: that of the binding
	z := authorizerOf(t,
		&rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: "one", Name: "r"}, Rules: rules},
		&rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: "one", Name: "b"}, Subjects: account, RoleRef: rbacv1.RoleRef{Kind: "Role", Name: "r"}},
		&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "metrics"}, Rules: []rbacv1.PolicyRule{{Verbs: []string{"get"}, NonResourceURLs: []string{"/metrics", "/debug/*"}}}},
		&rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "b"}, Subjects: []rbacv1.Subject{{Kind: rbacv1.GroupKind, Name: "dev"}}, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: "metrics"}},
		&rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "dangling"}, Subjects: account, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: "absent"}},
	)
	op := &user.DefaultInfo{Name: "system:serviceaccount:one:op"}
	dev := &user.DefaultInfo{Name: "eve", Groups: []string{"dev"}}
	resource := func(u user.Info, ns, verb, group, res, sub, name string) authorizer.AttributesRecord {
		return authorizer.AttributesRecord{User: u, ResourceRequest: true, Namespace: ns, Verb: verb, APIGroup: group, Resource: res, Subresource: sub, Name: name}
	}
	for _, c := range []struct {
		name string
		ask  authorizer.AttributesRecord
		want bool
	}{
		{"granted verb", resource(op, "one", "get", "", "secrets", "", "s"), true},
		{"other verb", resource(op, "one", "delete", "", "secrets", "", "s"), false},
		{"other namespace", resource(op, "two", "get", "", "secrets", "", "s"), false},
		{"all namespaces", resource(op, "", "list", "", "secrets", "", ""), false},
		{"other user", resource(dev, "one", "get", "", "secrets", "", "s"), false},
		{"granted subresource", resource(op, "one", "update", "x.io", "things", "status", "t"), true},
		{"resource of a granted subresource", resource(op, "one", "update", "x.io", "things", "", "t"), false},
		{"granted name", resource(op, "one", "get", "", "configmaps", "", "mine"), true},
		{"other name", resource(op, "one", "get", "", "configmaps", "", "yours"), false},
		{"list where one name is granted", resource(op, "one", "get", "", "configmaps", "", ""), false},
		{"granted path", authorizer.AttributesRecord{User: dev, Verb: "get", Path: "/metrics"}, true},
		{"path below a granted one", authorizer.AttributesRecord{User: dev, Verb: "get", Path: "/debug/pprof"}, true},
		{"other path", authorizer.AttributesRecord{User: dev, Verb: "get", Path: "/secret"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			decision, _, err := z.Authorize(t.Context(), c.ask)
			if err != nil || (decision == authorizer.DecisionAllow) != c.want {
				t.Errorf("decision %v, error %v, want allowed: %v", decision, err, c.want)
			}
		})
	}
}
