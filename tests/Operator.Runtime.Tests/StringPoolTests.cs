using System.Text;
using System.Text.Json;

namespace Operator.Runtime.Tests;

public sealed class StringPoolTests
{
    private static readonly JsonSerializerOptions Options = new() { Converters = { new StringPool() } };

    [Fact]
    public void Read_SameTextTwice_IsOneString()
    {
        var read = Read("""["a reason","another","a reason"]""");

        Assert.Equal(["a reason", "another", "a reason"], read);
        Assert.Same(read[0], read[2]);
    }

    [Fact]
    public void ReadAsPropertyName_SameNameInTwoObjects_IsOneString()
    {
        var read = JsonSerializer.Deserialize<Dictionary<string, string>[]>("""[{"team":"a"},{"team":"b"}]""", Options)!;

        Assert.Same(read[0].Keys.Single(), read[1].Keys.Single());
        Assert.Equal("b", read[1]["team"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("línea")]
    [InlineData("a \"quoted\" word\n")]
    [InlineData("\U0001F600")]
    public void Read_AnyText_IsThatText(string text) => Assert.Equal([text, text], Read(JsonSerializer.Serialize<string[]>([text, text])));

    [Fact]
    public void Read_LongText_IsThatText()
    {
        var text = new string('x', 100_000);

        Assert.Equal([text], Read(JsonSerializer.Serialize<string[]>([text])));
    }

    [Fact]
    public void Read_MoreTextsThanItRemembers_AreAllRight()
    {
        string[] texts = [.. Enumerable.Range(0, 50_000).Select(number => $"text {number % 20_000}")];

        Assert.Equal(texts, Read(JsonSerializer.Serialize(texts)));
    }

    [Fact]
    public void Read_Null_IsNull() => Assert.Equal([null], Read("[null]"));

    [Fact]
    public void Read_Number_IsRefused() => Assert.Throws<JsonException>(() => Read("[1]"));

    [Fact]
    public void Decode_TwoObjectsThatAreKept_ShareTheirStrings()
    {
        var widgets = new KubernetesApi(new() { Host = "http://127.0.0.1:9" }).For(Widget.Definition);

        var one = widgets.Decode(Json("one"));
        var other = widgets.Decode(Json("other"));

        Assert.Same(one.Metadata.NamespaceProperty, other.Metadata.NamespaceProperty);
        Assert.Same(one.Metadata.Labels["tier"], other.Metadata.Labels["tier"]);
        Assert.Same(one.Metadata.Annotations["note"], other.Metadata.Annotations["note"]);
    }

    private static byte[] Json(string name) =>
        Encoding.UTF8.GetBytes(
            $$$"""{"metadata":{"name":"{{{name}}}","namespace":"team","labels":{"tier":"gold"},"annotations":{"note":"the same"}},"spec":{"size":1} }"""
        );

    private static string?[] Read(string json) => JsonSerializer.Deserialize<string?[]>(json, Options)!;
}
