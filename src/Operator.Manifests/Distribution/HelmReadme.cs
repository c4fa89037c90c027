using Operator.Manifests.Reference;

namespace Operator.Manifests.Distribution;

/// <summary>The README of the chart, from the comments of its values.</summary>
internal static class HelmReadme
{
    public static string Write(IEnumerable<ChartValue> values) =>
        new Markdown()
            .Heading(1, "The Helm chart of the CARTO operator")
            .Paragraph(
                $"Version {Release.Version}, for the operator of the same version. [docs/install.md](../../docs/install.md) shows how to "
                    + "install, upgrade and uninstall it."
            )
            .Heading(2, "Values")
            .Paragraph("Generated from the comments of `values.yaml`.")
            .Table(
                ["Value", "Default", "Meaning"],
                values.Select(value => new[] { $"`{value.Path}`", $"`{value.Default}`", Markdown.Escape(value.Meaning) })
            )
            .ToString();
}
