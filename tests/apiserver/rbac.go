package main

import (
	"context"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	rbaclisters "k8s.io/client-go/listers/rbac/v1"
	rbacvalidation "k8s.io/component-helpers/auth/rbac/validation"
)

// rbacAuthorizer decides from the roles and bindings that the informers hold.
type rbacAuthorizer struct {
	roles        rbaclisters.RoleLister
	bindings     rbaclisters.RoleBindingLister
	clusterRoles rbaclisters.ClusterRoleLister
	clusterBinds rbaclisters.ClusterRoleBindingLister
}

func binds(subjects []rbacv1.Subject, ns string, u user.Info) bool {
	for _, s := range subjects {
		switch s.Kind {
		case rbacv1.UserKind:
			if s.Name == u.GetName() {
				return true
			}
		case rbacv1.GroupKind:
			for _, g := range u.GetGroups() {
				if g == s.Name {
					return true
				}
			}
		case rbacv1.ServiceAccountKind:
			if s.Namespace != "" {
				ns = s.Namespace
			}
			if serviceaccount.MatchesUsername(ns, s.Name, u.GetName()) {
				return true
			}
		}
	}
	return false
}

func (z *rbacAuthorizer) rules(u user.Info, ns string) (rules []rbacv1.PolicyRule) {
	cluster := func(name string) {
		if c, err := z.clusterRoles.Get(name); err == nil {
			rules = append(rules, c.Rules...)
		}
	}
	all, _ := z.clusterBinds.List(labels.Everything())
	for _, b := range all {
		if binds(b.Subjects, "", u) {
			cluster(b.RoleRef.Name)
		}
	}
	if ns == "" {
		return
	}
	local, _ := z.bindings.RoleBindings(ns).List(labels.Everything())
	for _, b := range local {
		if !binds(b.Subjects, ns, u) {
		} else if b.RoleRef.Kind == "ClusterRole" {
			cluster(b.RoleRef.Name)
		} else if r, err := z.roles.Roles(ns).Get(b.RoleRef.Name); err == nil {
			rules = append(rules, r.Rules...)
		}
	}
	return
}

func (z *rbacAuthorizer) Authorize(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
	want := rbacv1.PolicyRule{Verbs: []string{a.GetVerb()}}
	if a.IsResourceRequest() {
		res := a.GetResource()
		if a.GetSubresource() != "" {
			res += "/" + a.GetSubresource()
		}
		want.APIGroups, want.Resources = []string{a.GetAPIGroup()}, []string{res}
		if a.GetName() != "" {
			want.ResourceNames = []string{a.GetName()}
		}
	} else {
		want.NonResourceURLs = []string{a.GetPath()}
	}
	if ok, _ := rbacvalidation.Covers(z.rules(a.GetUser(), a.GetNamespace()), []rbacv1.PolicyRule{want}); ok {
		return authorizer.DecisionAllow, "RBAC", nil
	}
	return authorizer.DecisionNoOpinion, "", nil
}
