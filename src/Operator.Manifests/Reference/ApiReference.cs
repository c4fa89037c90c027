using System.Reflection;
using System.Text.Json.Nodes;
using Operator.Contracts;
using Operator.Manifests.Schemas;
using static Operator.Manifests.Reference.Markdown;

namespace Operator.Manifests.Reference;

/// <summary>The page that describes every field, condition, reason and annotation.</summary>
internal static class ApiReference
{
    public static string Write(IEnumerable<JsonObject> definitions, XmlDocumentation documentation)
    {
        var markdown = new Markdown()
            .Heading(1, "API reference")
            .Paragraph(
                $"Generated from the C# types. Group and version of all kinds: `{WireNames.ApiVersion}`. "
                    + "The same is to be had in a cluster, with `kubectl explain m2m.spec` and so on."
            );
        foreach (var definition in definitions)
        {
            WriteKind(markdown, definition["spec"]!.AsObject());
        }

        WriteNames(markdown, "Conditions", "Type", typeof(ConditionTypes), documentation);

        WriteNames(markdown, "Reasons", "Reason", typeof(Reasons), documentation);
        WriteNames(markdown, "Annotations", "Annotation", typeof(WireNames.Annotations), documentation);
        WriteNames(markdown, "Standard keys of a credentials Secret", "Key", typeof(WireNames.SecretKeys), documentation);
        return markdown.ToString();
    }

    private static void WriteKind(Markdown markdown, JsonObject definition)
    {
        var names = definition["names"]!;
        var schema = definition["versions"]![0]!["schema"]!["openAPIV3Schema"]!;
        var scope = (string)definition["scope"]! == "Cluster" ? "Cluster-wide" : "Namespaced";
        markdown
            .Heading(2, (string)names["kind"]!)
            .Paragraph(
                $"{scope}; for kubectl `{names["plural"]}` or `{names["shortNames"]![0]}`. {Escape((string)schema["description"]!)}"
            );

        var reference = new SchemaReference(markdown);
        foreach (var part in (string[])["spec", "status"])
        {
            reference.Write(part, schema["properties"]![part]!.AsObject());
        }

        WriteRulesOfTheWhole(markdown, schema.AsObject());
    }

    private static void WriteRulesOfTheWhole(Markdown markdown, JsonObject schema)
    {
        if (schema["x-kubernetes-validations"] is JsonArray rules)
        {
            markdown
                .Heading(3, "Changes")
                .Paragraph("Checked of the resource as a whole, when it is changed:")
                .Table(
                    ["Field", "What the server says"],
                    rules.Select(rule => new[] { $"`{((string)rule!["fieldPath"]!).TrimStart('.')}`", Escape((string)rule["message"]!) })
                );
        }
    }

    private static void WriteNames(Markdown markdown, string title, string heading, Type constants, XmlDocumentation documentation) =>
        markdown
            .Heading(2, title)
            .Paragraph(Escape(documentation.OfType(constants)!))
            .Table(
                [heading, "Meaning"],
                constants
                    .GetFields(BindingFlags.Public | BindingFlags.Static)
                    .Select(field => new[] { $"`{field.GetRawConstantValue()}`", Escape(documentation.OfField(field)!) })
            );
}
