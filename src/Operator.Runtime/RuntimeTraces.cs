using System.Diagnostics;

namespace Operator.Runtime;

/// <summary>The activities of the source <c>Operator.Runtime</c>. Without a listener none is made. They hold no content of any object.</summary>
internal static class RuntimeTraces
{
    public const string SourceName = "Operator.Runtime";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The way of an object through a controller, from the moment that it wanted to be looked at.</summary>
    public static Activity? Reconcile(string controller, ObjectKey key, long reconcileId, TimeSpan waited, DateTimeOffset now)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var activity = Source.StartActivity($"reconcile {controller}", ActivityKind.Internal, parentContext: default, startTime: now - waited);
        activity?.SetTag("operator.controller", controller)
            .SetTag("k8s.namespace.name", key.Namespace)
            .SetTag("k8s.object.name", key.Name)
            .SetTag("operator.reconcile.id", reconcileId)
            .AddEvent(new ActivityEvent("taken from the queue", now));
        return activity;
    }

    /// <summary>A call on behalf of such an object. Calls that are made for none, such as watches, leave no trace.</summary>
    public static Activity? Call(in ApiCall call, Uri server)
    {
        if (Activity.Current is null || !Source.HasListeners())
        {
            return null;
        }

        var activity = Source.StartActivity($"{call.Verb} {call.Resource}", ActivityKind.Client);
        activity?.SetTag("http.request.method", call.Method.Method)
            .SetTag("server.address", server.Host)
            .SetTag("server.port", server.Port)
            .SetTag("k8s.namespace.name", call.Key?.Namespace)
            .SetTag("k8s.object.name", call.Key?.Name);
        return activity;
    }

    /// <summary>The writing of an event, which happens in the background, as a part of what it tells of.</summary>
    public static Activity? Event(ActivityContext? cause) =>
        cause is { } context && Source.HasListeners() ? Source.StartActivity("write event", ActivityKind.Internal, context) : null;
}
