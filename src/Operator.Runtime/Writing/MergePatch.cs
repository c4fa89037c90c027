using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Operator.Runtime;

/// <summary>Writes JSON merge patches (RFC 7386).</summary>
internal static class MergePatch
{
    /// <summary>Starts a patch that only applies to this uid and version of the object.</summary>
    public static void WritePreconditions(Utf8JsonWriter writer, string? uid, string? resourceVersion)
    {
        if (uid is not null)
        {
            writer.WriteString("uid", uid);
        }

        if (resourceVersion is not null)
        {
            writer.WriteString("resourceVersion", resourceVersion);
        }
    }

    /// <summary>
    /// Writes the difference between two values; false, and nothing written, if they are equal. Null members count as absent, as in a merge
    /// patch.
    /// </summary>
    public static bool TryWriteDifference(Utf8JsonWriter writer, string name, JsonElement from, JsonElement to)
    {
        if (Same(from, to))
        {
            return false;
        }

        writer.WritePropertyName(name);
        WriteDifference(writer, from, to);
        return true;
    }

    /// <summary>The JSON of a value; null becomes JSON null.</summary>
    public static ArrayBufferWriter<byte> Serialize<T>(T? value, JsonTypeInfo<T> json)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(buffer);
        if (value is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            JsonSerializer.Serialize(writer, value, json);
        }

        return buffer;
    }

    private static void WriteDifference(Utf8JsonWriter writer, JsonElement from, JsonElement to)
    {
        if (to.ValueKind != JsonValueKind.Object)
        {
            to.WriteTo(writer);
            return;
        }

        writer.WriteStartObject();
        foreach (var member in to.EnumerateObject())
        {
            if (!IsAbsent(member.Value))
            {
                var before = from.ValueKind == JsonValueKind.Object && from.TryGetProperty(member.Name, out var value) ? value : default;
                TryWriteDifference(writer, member.Name, before, member.Value);
            }
        }

        if (from.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in from.EnumerateObject())
            {
                var after = to.TryGetProperty(member.Name, out var value) ? value : default;
                if (!IsAbsent(member.Value) && IsAbsent(after))
                {
                    writer.WriteNull(member.Name);
                }
            }
        }

        writer.WriteEndObject();
    }

    private static bool Same(JsonElement left, JsonElement right)
    {
        if (IsAbsent(left) || IsAbsent(right))
        {
            return IsAbsent(left) && IsAbsent(right);
        }

        if (left.ValueKind != JsonValueKind.Object || right.ValueKind != JsonValueKind.Object)
        {
            return JsonElement.DeepEquals(left, right);
        }

        return Covers(left, right) && Covers(right, left);
    }

    private static bool Covers(JsonElement left, JsonElement right)
    {
        foreach (var member in right.EnumerateObject())
        {
            var before = left.TryGetProperty(member.Name, out var value) ? value : default;
            if (!Same(before, member.Value))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsAbsent(JsonElement element) => element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;
}
