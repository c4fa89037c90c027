using System.Reflection;
using System.Text;
using System.Xml.Linq;

namespace Operator.Manifests.Schemas;

/// <summary>The doc comments of an assembly, as plain text for <c>kubectl explain</c>.</summary>
internal sealed class XmlDocumentation
{
    private readonly Dictionary<string, string> _summaries;

    public XmlDocumentation(XDocument document) =>
        _summaries = document
            .Descendants("member")
            .Where(member => member.Element("summary") is not null)
            .ToDictionary(
                member => (string)member.Attribute("name")!,
                member => PlainText(member.Element("summary")!),
                StringComparer.Ordinal
            );

    /// <summary>Reads the XML file the compiler writes next to the assembly.</summary>
    public static XmlDocumentation Of(Assembly assembly) => new(XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")));

    /// <summary>Summary of a type; null if it has none.</summary>
    public string? OfType(Type type) => _summaries.GetValueOrDefault($"T:{NameOf(type)}");

    /// <summary>Summary of a property; null if it has none.</summary>
    public string? OfProperty(MemberInfo property) => _summaries.GetValueOrDefault($"P:{NameOf(property.DeclaringType!)}.{property.Name}");

    /// <summary>Summary of a field; null if it has none.</summary>
    public string? OfField(FieldInfo field) => _summaries.GetValueOrDefault($"F:{NameOf(field.DeclaringType!)}.{field.Name}");

    /// <summary>The name in the file: nested types after a dot.</summary>
    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    private static string PlainText(XElement summary)
    {
        var text = new StringBuilder();
        foreach (var node in summary.DescendantNodes())
        {
            text.Append(
                node switch
                {
                    XText words => words.Value,
                    XElement { Name.LocalName: "see" } see => LastSegment(
                        (string?)see.Attribute("cref") ?? (string?)see.Attribute("langword") ?? ""
                    ),
                    XElement { Name.LocalName: "para" } => " ",
                    _ => "",
                }
            );
        }

        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static string LastSegment(string reference) => reference[(reference.LastIndexOfAny(['.', ':']) + 1)..];
}
