using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.Manifests.Output;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Operator.Manifests.Tests;

public sealed partial class YamlTextTests
{
    [Fact]
    public void Write_Objects_AreBlocksInTheOrderGiven()
    {
        var json = JsonNode.Parse("""{"b": {"z": "1x", "a": 2, "on": true}, "a": [{"c": null, "d": {}}, {"e": []}]}""")!;

        Assert.Equal(
            """
            b:
              z: '1x'
              a: 2
              'on': true
            a:
            - c: null
              d: {}
            - e: []

            """,
            YamlText.Write(json)
        );
    }

    [Theory]
    [InlineData("""["get", "list"]""", "verbs: [get, list]\n")]
    [InlineData(
        """["m2moauthclients/status", "cartoaccounts/status", "clustercartoaccounts/status"]""",
        "verbs:\n- m2moauthclients/status\n- cartoaccounts/status\n- clustercartoaccounts/status\n"
    )]
    public void Write_List_IsOnOneLineWhenItFits(string list, string expected) =>
        Assert.Equal(expected, YamlText.Write(new JsonObject { ["verbs"] = JsonNode.Parse(list) }));

    /// <summary>Everything that some reader of YAML takes for a number, a truth value, a date or nothing.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("~")]
    [InlineData("null")]
    [InlineData("True")]
    [InlineData("no")]
    [InlineData("Off")]
    [InlineData("y")]
    [InlineData("1")]
    [InlineData("-1.5e3")]
    [InlineData("0x1f")]
    [InlineData("0o17")]
    [InlineData(".5")]
    [InlineData(".inf")]
    [InlineData("2026-11-23")]
    [InlineData("24h")]
    [InlineData("-.5")]
    [InlineData("+.5")]
    [InlineData("-+5")]
    [InlineData("+.inf")]
    [InlineData(".NaN")]
    [InlineData("1e3")]
    [InlineData("1:30")]
    [InlineData("1_000")]
    [InlineData("._5")]
    [InlineData("=")]
    [InlineData("<<")]
    [InlineData(".")]
    public void Write_TextThatLooksLikeSomethingElse_IsQuoted(string text) => Assert.NotEqual(ScalarStyle.Plain, Read(text).Style);

    [Theory]
    [InlineData("default")]
    [InlineData("nothing")]
    [InlineData("off we go")]
    [InlineData(".status.clientId")]
    public void Write_OtherText_IsPlain(string text) => Assert.Equal(ScalarStyle.Plain, Read(text).Style);

    [Theory]
    [InlineData("a: b # c")]
    [InlineData("- a")]
    [InlineData("{a}")]
    [InlineData("!a")]
    [InlineData(" a ")]
    [InlineData("'a' \"b\"")]
    [InlineData("one\ntwo\n")]
    [InlineData("tab\tbell\a")]
    [InlineData("self.matches(r'^[-._a-zA-Z0-9]+$') && self != '.' && !self.startsWith('..')")]
    [InlineData("ä ☂")]
    public void Write_AnyText_IsReadBackTheSame(string text) => Assert.Equal(text, Read(text).Value);

    [Fact]
    public void Write_LongText_IsFoldedAndReadBackTheSame()
    {
        var text = string.Join(' ', Enumerable.Range(1, 200).Select(number => $"word{number}"));

        Assert.Equal(text, Read(text).Value);
        Assert.All(Write(text).Split('\n'), line => Assert.InRange(line.Length, 0, 130));
    }

    /// <summary>
    /// As a reader of YAML 1.1 takes plain words, by the regular expressions of its types (yaml.org/type); and one of YAML 1.2 in its core
    /// schema.
    /// </summary>
    [Fact]
    public void Write_AnyTextAtAll_IsReadBackAsThatText()
    {
        var random = new Random(11);
        string[] pieces =
        [
            "-",
            "+",
            ".",
            "_",
            ":",
            "0",
            "1",
            "9",
            "e",
            "E",
            "x",
            "X",
            "o",
            "b",
            "F",
            "n",
            "N",
            "y",
            "inf",
            "Inf",
            "nan",
            "NaN",
            "null",
            "Null",
            "~",
            "yes",
            "No",
            "on",
            "OFF",
            "true",
            "False",
            "=",
            "<",
            "<<",
            " ",
            "  ",
            "#",
            ": ",
            " #",
            "'",
            "\"",
            "\\",
            "{",
            "}",
            "[",
            "]",
            ",",
            "&",
            "*",
            "!",
            "|",
            ">",
            "%",
            "@",
            "`",
            "?",
            "T",
            "Z",
            "2026-11-30",
            "12:30:00",
            "\n",
            "\t",
            "---",
            "...",
            "ä",
            "\u0085",
            "\u2028",
            "\u00a0",
            "\ufeff",
            "\u0007",
            "😀",
        ];
        for (var time = 0; time < 20_000; time++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => pieces[random.Next(pieces.Length)]));

            var read = Read(text);

            Assert.True(
                read.Value == text,
                $"{JsonValue.Create(text).ToJsonString()}, written {Write(text)}, is read back as "
                    + $"{JsonValue.Create(read.Value)!.ToJsonString()}"
            );
            Assert.False(read.Style == ScalarStyle.Plain && AnotherType().IsMatch(text), $"{text} is plain");
        }
    }

    [GeneratedRegex(
        @"\A(~|null|Null|NULL|y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|=|<<"
            + @"|[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+"
            + @"|[-+]?([0-9][0-9_]*)?\.[0-9.]*([eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
            + @"|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?([ \t]*(Z|[-+][0-9]{1,2}(:[0-9]{2})?))?"
            + @"|[-+]?[0-9]+|0o[0-7]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)\z"
    )]
    private static partial Regex AnotherType();

    private static string Write(string text) => YamlText.Write(new JsonObject { ["key"] = text });

    private static YamlScalarNode Read(string text)
    {
        var stream = new YamlStream();
        using var reader = new StringReader(Write(text));
        stream.Load(reader);
        return (YamlScalarNode)stream.Documents[0].RootNode["key"];
    }
}
