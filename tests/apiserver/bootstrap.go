package main

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// bootstrap makes the namespaces and roles that every cluster has.
func bootstrap(ctx context.Context, c kubernetes.Interface) error {
	try := func(err error) error {
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return err
	}
	one := metav1.CreateOptions{}
	for _, n := range []string{"default", "kube-system", "kube-public"} {
		_, err := c.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n}}, one)
		if err = try(err); err != nil {
			return err
		}
	}
	all := []string{"*"}
	read := []string{"get", "list", "watch"}
	for name, rules := range map[string][]rbacv1.PolicyRule{
		"cluster-admin": {{Verbs: all, APIGroups: all, Resources: all}, {Verbs: all, NonResourceURLs: all}},
		"edit":          {{Verbs: all, APIGroups: []string{"", "apps", "coordination.k8s.io"}, Resources: all}},
		"view":          {{Verbs: read, APIGroups: []string{""}, Resources: []string{"configmaps", "pods", "services", "serviceaccounts", "events", "namespaces"}}, {Verbs: read, APIGroups: []string{"apps"}, Resources: all}},
		"system:basic": {{Verbs: []string{"create"}, APIGroups: []string{"authorization.k8s.io", "authentication.k8s.io"}, Resources: []string{"selfsubjectaccessreviews", "selfsubjectreviews"}},
			{Verbs: []string{"get"}, NonResourceURLs: []string{"/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", "/version", "/version/", "/healthz", "/livez", "/readyz"}}},
		"system:public": {{Verbs: []string{"get"}, NonResourceURLs: []string{"/version", "/version/", "/healthz", "/livez", "/readyz"}}},
	} {
		_, err := c.RbacV1().ClusterRoles().Create(ctx, &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules}, one)
		if err = try(err); err != nil {
			return err
		}
	}
	for role, group := range map[string]string{"cluster-admin": "system:masters", "system:basic": "system:authenticated", "system:public": "system:unauthenticated"} {
		_, err := c.RbacV1().ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: role},
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role}, Subjects: []rbacv1.Subject{{Kind: "Group", APIGroup: rbacv1.GroupName, Name: group}}}, one)
		if err = try(err); err != nil {
			return err
		}
	}
	return nil
}
