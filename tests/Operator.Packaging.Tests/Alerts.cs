using System.Text.Json.Nodes;

namespace Operator.Packaging.Tests;

/// <summary>The alerts as a cluster gets them from the chart.</summary>
internal static class Alerts
{
    private static readonly Lazy<Task<JsonObject>> AsTheyCome = new(() => RenderAsync(CancellationToken.None));

    /// <summary>The spec of the PrometheusRule, which Prometheus Operator hands to Prometheus as a file.</summary>
    public static Task<JsonObject> Spec => AsTheyCome.Value;

    /// <summary>The same with other values.</summary>
    public static async Task<JsonObject> RenderAsync(CancellationToken cancellationToken, params string[] arguments) =>
        (await Chart.RenderAsync(cancellationToken, ["--set", "prometheusRule.enabled=true", .. arguments])).The("PrometheusRule")[
            "spec"
        ]!.AsObject();

    /// <summary>All rules of such a spec.</summary>
    public static IReadOnlyList<JsonObject> Rules(JsonObject spec) =>
        [.. spec["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray()).Select(rule => rule!.AsObject())];

    public static string Alert(this JsonObject rule) => (string)rule["alert"]!;

    public static string Expression(this JsonObject rule) => (string)rule["expr"]!;

    public static string? Annotation(this JsonObject rule, string name) => (string?)rule["annotations"]![name];
}
