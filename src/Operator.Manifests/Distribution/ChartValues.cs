using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Operator.Manifests.Distribution;

/// <summary>A value of the chart.</summary>
/// <param name="Path">Its path, as in <c>image.tag</c>.</param>
/// <param name="Default">Its default, as JSON, which is also YAML.</param>
/// <param name="Meaning">The comment above it.</param>
internal sealed record ChartValue(string Path, string Default, string Meaning);

/// <summary>Reads the values of a chart with the comments above them.</summary>
internal static class ChartValues
{
    /// <summary>All values, in order. A mapping whose first entry has a comment is a group of values; any other is one value.</summary>
    /// <exception cref="InvalidOperationException">A value has no comment.</exception>
    public static IReadOnlyList<ChartValue> Read(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. Read((YamlMappingNode)stream.Documents[0].RootNode, "", yaml.Split('\n'))];
    }

    private static IEnumerable<ChartValue> Read(YamlMappingNode mapping, string prefix, string[] lines)
    {
        foreach (var (key, value) in mapping.Children)
        {
            var path = prefix + ((YamlScalarNode)key).Value;
            if (value is YamlMappingNode { Children.Count: > 0 } group && CommentAbove(group.Children[0].Key, lines) is not null)
            {
                foreach (var each in Read(group, $"{path}.", lines))
                {
                    yield return each;
                }

                continue;
            }

            yield return new ChartValue(
                path,
                Json(value),
                CommentAbove(key, lines)
                    ?? throw new InvalidOperationException($"values.yaml: write a comment above {path}, line {key.Start.Line}")
            );
        }
    }

    private static string? CommentAbove(YamlNode key, string[] lines)
    {
        // Lines are one-based.
        var line = (int)key.Start.Line - 1;
        var first = line;
        while (first > 0 && lines[first - 1].TrimStart().StartsWith('#'))
        {
            first--;
        }

        return first == line ? null : string.Join(' ', lines[first..line].Select(comment => comment.Trim().TrimStart('#').Trim()));
    }

    private static string Json(YamlNode node) =>
        node switch
        {
            YamlMappingNode mapping => $"{{{string.Join(", ", mapping.Children.Select(pair => $"{Json(pair.Key)}: {Json(pair.Value)}"))}}}",
            YamlSequenceNode sequence => $"[{string.Join(", ", sequence.Children.Select(Json))}]",
            YamlScalarNode { Style: ScalarStyle.Plain, Value: { } plain } when plain is "true" or "false" || plain.All(char.IsAsciiDigit) =>
                plain,
            YamlScalarNode scalar => $"\"{JsonEncodedText.Encode(scalar.Value ?? "")}\"",
            _ => throw new InvalidOperationException($"values.yaml: what is at line {node.Start.Line} is not a value"),
        };
}
