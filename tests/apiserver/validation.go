package main

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/api/validation/path"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Validate checks the metadata and what an operator's mistakes are likely to hit. The full validation of the
// built-in kinds is in no library of Debian's.
func (s strategy) Validate(_ context.Context, obj runtime.Object) field.ErrorList {
	m, err := meta.Accessor(obj)
	if err != nil {
		return field.ErrorList{field.InternalError(field.NewPath("metadata"), err)}
	}
	name := validation.NameIsDNSSubdomain
	switch {
	case s.r.gv == rbac:
		name = path.ValidatePathSegmentName
	case s.r.plural == "namespaces":
		name = validation.NameIsDNSLabel
	}
	errs := validation.ValidateObjectMetaAccessor(m, !s.r.clusterScoped, name, field.NewPath("metadata"))
	keys := func(at string, key string) {
		for _, msg := range utilvalidation.IsConfigMapKey(key) {
			errs = append(errs, field.Invalid(field.NewPath(at).Key(key), key, msg))
		}
	}
	switch o := obj.(type) {
	case *corev1.Secret:
		for k := range o.Data {
			keys("data", k)
		}
		errs = append(errs, validateSecretType(o)...)
	case *corev1.ConfigMap:
		for k := range o.Data {
			keys("data", k)
		}
	case *appsv1.Deployment:
		errs = append(errs, validateWorkload(o.Spec.Selector, &o.Spec.Template)...)
	case *appsv1.StatefulSet:
		errs = append(errs, validateWorkload(o.Spec.Selector, &o.Spec.Template)...)
	case *appsv1.DaemonSet:
		errs = append(errs, validateWorkload(o.Spec.Selector, &o.Spec.Template)...)
	}
	return errs
}

func validateWorkload(selector *metav1.LabelSelector, template *corev1.PodTemplateSpec) (errs field.ErrorList) {
	spec := field.NewPath("spec")
	if sel, err := metav1.LabelSelectorAsSelector(selector); selector == nil {
		errs = append(errs, field.Required(spec.Child("selector"), ""))
	} else if err != nil || !sel.Matches(labels.Set(template.Labels)) {
		errs = append(errs, field.Invalid(spec.Child("template", "metadata", "labels"), template.Labels, "`selector` does not match template `labels`"))
	}
	if len(template.Spec.Containers) == 0 {
		errs = append(errs, field.Required(spec.Child("template", "spec", "containers"), ""))
	}
	return errs
}

// secretKeys are the data keys that a Secret of a type must have.
var secretKeys = map[corev1.SecretType][]string{
	corev1.SecretTypeTLS:              {corev1.TLSCertKey, corev1.TLSPrivateKeyKey},
	corev1.SecretTypeSSHAuth:          {corev1.SSHAuthPrivateKey},
	corev1.SecretTypeDockercfg:        {corev1.DockerConfigKey},
	corev1.SecretTypeDockerConfigJson: {corev1.DockerConfigJsonKey},
}

func validateSecretType(s *corev1.Secret) (errs field.ErrorList) {
	data := field.NewPath("data")
	for _, k := range secretKeys[s.Type] {
		if _, ok := s.Data[k]; !ok {
			errs = append(errs, field.Required(data.Key(k), ""))
		}
	}
	_, user := s.Data[corev1.BasicAuthUsernameKey]
	_, password := s.Data[corev1.BasicAuthPasswordKey]
	if s.Type == corev1.SecretTypeBasicAuth && !user && !password {
		errs = append(errs, field.Required(data.Key(corev1.BasicAuthUsernameKey), ""), field.Required(data.Key(corev1.BasicAuthPasswordKey), ""))
	}
	return errs
}

func (s strategy) ValidateUpdate(ctx context.Context, obj, old runtime.Object) field.ErrorList {
	var errs field.ErrorList
	if s.sub == "" {
		errs = s.Validate(ctx, obj)
	}
	if sec, ok := obj.(*corev1.Secret); ok {
		was := old.(*corev1.Secret)
		if sec.Type != was.Type {
			errs = append(errs, field.Invalid(field.NewPath("type"), sec.Type, "field is immutable"))
		}
		if was.Immutable != nil && *was.Immutable {
			if sec.Immutable == nil || !*sec.Immutable {
				errs = append(errs, field.Forbidden(field.NewPath("immutable"), "field is immutable when `immutable` is set"))
			}
			if !equality.Semantic.DeepEqual(sec.Data, was.Data) {
				errs = append(errs, field.Forbidden(field.NewPath("data"), "field is immutable when `immutable` is set"))
			}
		}
	}
	return errs
}
