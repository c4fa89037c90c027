using System.Text.Json.Nodes;
using Operator.Manifests.Output;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Operator.Manifests.Tests;

public sealed class YamlTextTests
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
            YamlText.Write(json));
    }

    [Theory]
    [InlineData("""["get", "list"]""", "verbs: [get, list]\n")]
    [InlineData("""["m2moauthclients/status", "cartoaccounts/status", "clustercartoaccounts/status"]""",
        "verbs:\n- m2moauthclients/status\n- cartoaccounts/status\n- clustercartoaccounts/status\n")]
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

    private static string Write(string text) => YamlText.Write(new JsonObject { ["key"] = text });

    private static YamlScalarNode Read(string text)
    {
        var stream = new YamlStream();
        using var reader = new StringReader(Write(text));
        stream.Load(reader);
        return (YamlScalarNode)stream.Documents[0].RootNode["key"];
    }
}
