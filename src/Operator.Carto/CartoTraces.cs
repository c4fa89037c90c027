using System.Diagnostics;

namespace Operator.Carto;

/// <summary>
/// The activities of the source <c>Operator.Carto</c>. None are created without a listener. They contain no credentials or bodies.
/// </summary>
internal static class CartoTraces
{
    public const string SourceName = "Operator.Carto";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>An operation on CARTO, with all its requests.</summary>
    public static Activity? Operation(string operation) =>
        Activity.Current is not null && Source.HasListeners() ? Source.StartActivity($"carto {operation}") : null;

    /// <summary>A request, including its wait at the gate.</summary>
    public static Activity? Request(CartoStage stage, HttpRequestMessage request)
    {
        if (Activity.Current is null || !Source.HasListeners())
        {
            return null;
        }

        var activity = Source.StartActivity(stage == CartoStage.Token ? "carto token endpoint" : "carto api", ActivityKind.Client);
        activity
            ?.SetTag("http.request.method", request.Method.Method)
            .SetTag("server.address", request.RequestUri?.Host)
            .SetTag("server.port", request.RequestUri?.Port);
        return activity;
    }

    /// <summary>Records the outcome.</summary>
    public static void End(Activity? activity, string outcome) =>
        activity?.SetTag("carto.outcome", outcome).SetStatus(outcome == Outcomes.Ok ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
}
