using System.Text.Json.Nodes;
using Operator.TestKit;

namespace Operator.Packaging.Tests;

/// <summary>The chart, as Helm renders it without a cluster.</summary>
internal static class Chart
{
    public static string Folder { get; } = Repository.PathOf("charts", "carto-operator");

    /// <summary>All objects, hooks included, in the namespace and for the release of the same name.</summary>
    public static async Task<IReadOnlyList<JsonObject>> RenderAsync(CancellationToken cancellationToken, params string[] arguments) =>
        Manifests.Parse(await TemplateAsync(cancellationToken, arguments));

    /// <summary>What <c>helm template</c> prints.</summary>
    public static async Task<string> TemplateAsync(CancellationToken cancellationToken, params string[] arguments) =>
        (await TryTemplateAsync(cancellationToken, arguments)).EnsureSuccess().Output;

    public static Task<CommandResult> TryTemplateAsync(CancellationToken cancellationToken, params string[] arguments) =>
        new Helm().RunAsync(["template", "carto-operator", Folder, "--namespace", "carto-operator", .. arguments], cancellationToken);
}
