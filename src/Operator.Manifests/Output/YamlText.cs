using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Operator.Manifests.Output;

/// <summary>Writes JSON as readable YAML: block style, keys in the given order, quotes only where needed to keep the type.</summary>
internal static partial class YamlText
{
    private static readonly EmitterSettings Settings = new(
        bestIndent: 2,
        bestWidth: 120,
        isCanonical: false,
        maxSimpleKeyLength: 1024,
        indentSequences: false
    );

    public static string Write(JsonNode node)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var emitter = new Emitter(text, Settings);
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(emitter, node);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Emit(Emitter emitter, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, Style(map)));
                foreach (var (key, value) in map)
                {
                    emitter.Emit(Text(key));
                    Emit(emitter, value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonArray list:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, Style(list)));
                foreach (var item in list)
                {
                    Emit(emitter, item);
                }

                emitter.Emit(new SequenceEnd());
                break;
            default:
                emitter.Emit(node?.GetValueKind() == JsonValueKind.String ? Text((string)node!) : Literal(node?.ToJsonString() ?? "null"));
                break;
        }
    }

    private static MappingStyle Style(JsonObject map) => map.Count == 0 ? MappingStyle.Flow : MappingStyle.Block;

    /// <summary>Short lists of words go on one line.</summary>
    private static SequenceStyle Style(JsonArray list) =>
        list.All(item => item is JsonValue) && list.Sum(item => item!.ToJsonString().Length) < 60
            ? SequenceStyle.Flow
            : SequenceStyle.Block;

    private static Scalar Literal(string value) => Scalar(value, ScalarStyle.Plain);

    private static Scalar Text(string value) =>
        Scalar(
            value,
            IsUnprintable(value) ? ScalarStyle.DoubleQuoted
                : ReadAsAnotherType().IsMatch(value) ? ScalarStyle.SingleQuoted
                : ScalarStyle.Any
        );

    /// <summary>Folded lines do not round-trip if they start with a space, or end with a break that YAML 1.2 does not recognize.</summary>
    private static bool IsUnprintable(string value) =>
        value.Any(character => char.IsControl(character) || character is '\u2028' or '\u2029' or '\ufeff');

    private static Scalar Scalar(string value, ScalarStyle style) =>
        new(AnchorName.Empty, TagName.Empty, value, style, isPlainImplicit: true, isQuotedImplicit: true);

    /// <summary>
    /// A superset of what any parser takes for another type: all keywords of YAML 1.1, anything with a digit after only signs, dots and
    /// underscores, and anything of only those.
    /// </summary>
    [GeneratedRegex(
        @"\A(~|=|<<|null|true|false|yes|no|on|off|y|n|[-+._]*([0-9].*)?|[-+]?\.(inf|nan))\z",
        RegexOptions.IgnoreCase | RegexOptions.Singleline
    )]
    private static partial Regex ReadAsAnotherType();
}
