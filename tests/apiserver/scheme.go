package main

import (
	"fmt"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/conversion"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

var (
	scheme = runtime.NewScheme()
	codecs = serializer.NewCodecFactory(scheme)
	params = runtime.NewParameterCodec(scheme)
)

// The public Go types of k8s.io/api stand in for the internal ones: each is registered under its
// version and under __internal, so that the codecs find a hub version and convert nothing.
func init() {
	seen := map[schema.GroupVersion]bool{}
	add := func(gv schema.GroupVersion, objs ...runtime.Object) {
		if !seen[gv] {
			seen[gv] = true
			metav1.AddToGroupVersion(scheme, gv)
			utilruntime.Must(scheme.SetVersionPriority(gv))
		}
		scheme.AddKnownTypes(gv, objs...)
		scheme.AddKnownTypes(schema.GroupVersion{Group: gv.Group, Version: runtime.APIVersionInternal}, objs...)
	}
	for _, r := range resources {
		add(r.gv, r.obj, r.list)
		if r.defaults != nil {
			d := r.defaults
			scheme.AddTypeDefaultingFunc(r.obj, func(o any) { d(o.(runtime.Object)) })
		}
		ok := map[string]bool{"metadata.name": true, "metadata.namespace": true}
		for _, f := range r.fieldNames {
			ok[f] = true
		}
		utilruntime.Must(scheme.AddFieldLabelConversionFunc(r.gv.WithKind(r.kind()), func(label, value string) (string, string, error) {
			if !ok[label] {
				return "", "", fmt.Errorf("field label not supported: %s", label)
			}
			return label, value, nil
		}))
	}
	// events.k8s.io/v1 is another view of the same stored events
	metav1.AddToGroupVersion(scheme, events)
	utilruntime.Must(scheme.SetVersionPriority(events))
	scheme.AddKnownTypes(events, &eventsv1.Event{}, &eventsv1.EventList{})
	scheme.AddKnownTypes(schema.GroupVersion{Group: events.Group, Version: runtime.APIVersionInternal}, &corev1.Event{}, &corev1.EventList{})
	utilruntime.Must(scheme.AddConversionFunc((*eventsv1.Event)(nil), (*corev1.Event)(nil), func(a, b any, _ conversion.Scope) error {
		eventToCore(a.(*eventsv1.Event), b.(*corev1.Event))
		return nil
	}))
	utilruntime.Must(scheme.AddConversionFunc((*corev1.Event)(nil), (*eventsv1.Event)(nil), func(a, b any, _ conversion.Scope) error {
		eventFromCore(a.(*corev1.Event), b.(*eventsv1.Event))
		return nil
	}))
	utilruntime.Must(scheme.AddConversionFunc((*corev1.EventList)(nil), (*eventsv1.EventList)(nil), func(a, b any, _ conversion.Scope) error {
		in, out := a.(*corev1.EventList), b.(*eventsv1.EventList)
		out.ListMeta, out.Items = in.ListMeta, make([]eventsv1.Event, len(in.Items))
		for i := range in.Items {
			eventFromCore(&in.Items[i], &out.Items[i])
		}
		return nil
	}))
	utilruntime.Must(scheme.AddFieldLabelConversionFunc(events.WithKind("Event"), func(label, value string) (string, string, error) {
		return strings.Replace(label, "regarding.", "involvedObject.", 1), value, nil
	}))
	add(authenticationv1.SchemeGroupVersion, &authenticationv1.TokenRequest{}, &authenticationv1.SelfSubjectReview{}, &authenticationv1.TokenReview{})
	add(authorizationv1.SchemeGroupVersion, &authorizationv1.SelfSubjectAccessReview{}, &authorizationv1.SubjectAccessReview{})
	add(autoscalingv1.SchemeGroupVersion, &autoscalingv1.Scale{})
	scheme.AddUnversionedTypes(schema.GroupVersion{Version: "v1"}, &metav1.Status{}, &metav1.APIVersions{}, &metav1.APIGroupList{}, &metav1.APIGroup{}, &metav1.APIResourceList{})
}

func eventToCore(in *eventsv1.Event, out *corev1.Event) {
	*out = corev1.Event{ObjectMeta: in.ObjectMeta, InvolvedObject: in.Regarding, Related: in.Related, Reason: in.Reason, Message: in.Note, Type: in.Type,
		EventTime: in.EventTime, Action: in.Action, ReportingController: in.ReportingController, ReportingInstance: in.ReportingInstance,
		Source: in.DeprecatedSource, FirstTimestamp: in.DeprecatedFirstTimestamp, LastTimestamp: in.DeprecatedLastTimestamp, Count: in.DeprecatedCount}
	if in.Series != nil {
		out.Series = &corev1.EventSeries{Count: in.Series.Count, LastObservedTime: in.Series.LastObservedTime}
	}
}

func eventFromCore(in *corev1.Event, out *eventsv1.Event) {
	*out = eventsv1.Event{ObjectMeta: in.ObjectMeta, Regarding: in.InvolvedObject, Related: in.Related, Reason: in.Reason, Note: in.Message, Type: in.Type,
		EventTime: in.EventTime, Action: in.Action, ReportingController: in.ReportingController, ReportingInstance: in.ReportingInstance,
		DeprecatedSource: in.Source, DeprecatedFirstTimestamp: in.FirstTimestamp, DeprecatedLastTimestamp: in.LastTimestamp, DeprecatedCount: in.Count}
	if in.Series != nil {
		out.Series = &eventsv1.EventSeries{Count: in.Series.Count, LastObservedTime: in.Series.LastObservedTime}
	}
}
