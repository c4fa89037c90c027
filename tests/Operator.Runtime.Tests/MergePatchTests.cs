using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;

namespace Operator.Runtime.Tests;

public sealed class MergePatchTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""", null)]
    [InlineData("""{"a":1,"b":2}""", """{"b":2,"a":1}""", null)]
    [InlineData("""{"a":null}""", """{}""", null)]
    [InlineData("""{"a":1}""", """{"a":2}""", """{"a":2}""")]
    [InlineData("""{"a":1}""", """{}""", """{"a":null}""")]
    [InlineData("""{"a":1}""", """{"a":null}""", """{"a":null}""")]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", """{"b":2}""")]
    [InlineData("""{"a":{"x":1,"y":2}}""", """{"a":{"x":1,"y":3}}""", """{"a":{"y":3}}""")]
    [InlineData("""{"a":{"x":1}}""", """{"a":{}}""", """{"a":{"x":null}}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[2,1]}""", """{"a":[2,1]}""")]
    [InlineData("""{"a":[{"x":1}]}""", """{"a":[{"x":1}]}""", null)]
    [InlineData("""{"a":[1]}""", """{"a":{"x":null,"y":1}}""", """{"a":{"y":1}}""")]
    [InlineData("null", """{"a":1}""", """{"a":1}""")]
    public void TryWriteDifference_FromOneToTheOther_SaysOnlyWhatDiffers(string from, string to, string? expected) =>
        Assert.Equal(expected, Difference(from, to));

    [Fact]
    public void TryWriteDifference_AnyTwoValues_PatchTurnsOneIntoTheOther() =>
        Gen.Select(AnyObject, AnyObject)
            .Sample(
                (from, to) =>
                {
                    var patch = Difference(from.ToJsonString(), to.ToJsonString());

                    var patched = patch is null ? from : Apply(from.DeepClone(), JsonNode.Parse(patch)!);
                    Assert.True(
                        JsonNode.DeepEquals(to, patched),
                        $"{from.ToJsonString()} + {patch} = {patched?.ToJsonString()}, not {to.ToJsonString()}"
                    );
                }
            );

    private static Gen<JsonNode> AnyObject { get; } =
        Gen.Recursive<JsonNode>(
            (depth, inner) =>
            {
                var leaf = Gen.Int[0, 2].Select(i => (JsonNode)JsonValue.Create(i));
                var array = Gen.Int[0, 2].Array[0, 2].Select(items => (JsonNode)new JsonArray([.. items.Select(i => (JsonNode)i)]));
                var member = depth > 2 ? Gen.OneOf(leaf, array) : Gen.OneOf(leaf, array, inner);
                return Gen.Dictionary(Gen.Char['a', 'c'].Select(c => c.ToString()), member)[0, 3]
                    .Select(members =>
                        (JsonNode)new JsonObject(members.Select(m => KeyValuePair.Create<string, JsonNode?>(m.Key, m.Value.DeepClone())))
                    );
            }
        );

    private static string? Difference(string from, string to)
    {
        using var left = JsonDocument.Parse(from);
        using var right = JsonDocument.Parse(to);
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        if (!MergePatch.TryWriteDifference(writer, "root", left.RootElement, right.RootElement))
        {
            return null;
        }

        writer.WriteEndObject();
        writer.Flush();
        return JsonNode.Parse(Encoding.UTF8.GetString(buffer.WrittenSpan))!["root"]!.ToJsonString();
    }

    // RFC 7386, section 2.
    private static JsonNode? Apply(JsonNode? target, JsonNode patch)
    {
        if (patch is not JsonObject members)
        {
            return patch.DeepClone();
        }

        var result = target as JsonObject ?? [];
        foreach (var (name, value) in members)
        {
            if (value is null)
            {
                result.Remove(name);
            }
            else
            {
                var before = result[name]?.DeepClone();
                result[name] = Apply(before, value);
            }
        }

        return result;
    }
}
