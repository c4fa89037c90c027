package main

import (
	"context"
	"net/http"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
)

// review serves the create-only review kinds.
type review struct {
	kind string
	obj  func() runtime.Object
	do   func(ctx context.Context, obj runtime.Object) error
}

func (r review) New() runtime.Object     { return r.obj() }
func (r review) Destroy()                {}
func (r review) NamespaceScoped() bool   { return false }
func (r review) GetSingularName() string { return r.kind }
func (r review) Create(ctx context.Context, obj runtime.Object, _ rest.ValidateObjectFunc, _ *metav1.CreateOptions) (runtime.Object, error) {
	return obj, r.do(ctx, obj)
}

// attributes are what a review asks about, as an authorizer wants them.
func attributes(ra *authorizationv1.ResourceAttributes, na *authorizationv1.NonResourceAttributes, u user.Info) authorizer.AttributesRecord {
	if ra != nil {
		return authorizer.AttributesRecord{User: u, ResourceRequest: true, Verb: ra.Verb, Namespace: ra.Namespace, APIGroup: ra.Group, APIVersion: ra.Version, Resource: ra.Resource, Subresource: ra.Subresource, Name: ra.Name}
	}
	if na == nil {
		na = &authorizationv1.NonResourceAttributes{}
	}
	return authorizer.AttributesRecord{User: u, Verb: na.Verb, Path: na.Path}
}

// accessReviews serves the authorization group: what may a user do.
func accessReviews(z authorizer.Authorizer) map[string]rest.Storage {
	decide := func(ctx context.Context, a authorizer.AttributesRecord) authorizationv1.SubjectAccessReviewStatus {
		d, why, err := z.Authorize(ctx, a)
		s := authorizationv1.SubjectAccessReviewStatus{Allowed: d == authorizer.DecisionAllow, Denied: d == authorizer.DecisionDeny, Reason: why}
		if err != nil {
			s.EvaluationError = err.Error()
		}
		return s
	}
	self := func(ctx context.Context, obj runtime.Object) error {
		r := obj.(*authorizationv1.SelfSubjectAccessReview)
		u, _ := genericapirequest.UserFrom(ctx)
		r.Status = decide(ctx, attributes(r.Spec.ResourceAttributes, r.Spec.NonResourceAttributes, u))
		return nil
	}
	subject := func(ctx context.Context, obj runtime.Object) error {
		r := obj.(*authorizationv1.SubjectAccessReview)
		u := &user.DefaultInfo{Name: r.Spec.User, UID: r.Spec.UID, Groups: r.Spec.Groups}
		r.Status = decide(ctx, attributes(r.Spec.ResourceAttributes, r.Spec.NonResourceAttributes, u))
		return nil
	}
	return map[string]rest.Storage{
		"selfsubjectaccessreviews": review{"selfsubjectaccessreview", func() runtime.Object { return &authorizationv1.SelfSubjectAccessReview{} }, self},
		"subjectaccessreviews":     review{"subjectaccessreview", func() runtime.Object { return &authorizationv1.SubjectAccessReview{} }, subject},
	}
}

// identityReviews serves the authentication group: who is it.
func identityReviews(authn authenticator.Request) map[string]rest.Storage {
	info := func(u user.Info) authenticationv1.UserInfo {
		return authenticationv1.UserInfo{Username: u.GetName(), UID: u.GetUID(), Groups: u.GetGroups()}
	}
	self := func(ctx context.Context, obj runtime.Object) error {
		u, _ := genericapirequest.UserFrom(ctx)
		obj.(*authenticationv1.SelfSubjectReview).Status.UserInfo = info(u)
		return nil
	}
	token := func(ctx context.Context, obj runtime.Object) error {
		r := obj.(*authenticationv1.TokenReview)
		resp, ok, err := authn.AuthenticateRequest((&http.Request{Header: http.Header{"Authorization": {"Bearer " + r.Spec.Token}}}).WithContext(ctx))
		if err != nil {
			r.Status.Error = err.Error()
		} else if ok {
			r.Status.Authenticated, r.Status.User = true, info(resp.User)
		}
		return nil
	}
	return map[string]rest.Storage{
		"selfsubjectreviews": review{"selfsubjectreview", func() runtime.Object { return &authenticationv1.SelfSubjectReview{} }, self},
		"tokenreviews":       review{"tokenreview", func() runtime.Object { return &authenticationv1.TokenReview{} }, token},
	}
}
