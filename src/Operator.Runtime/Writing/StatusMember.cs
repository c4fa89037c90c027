using System.Buffers;
using System.Text.Json;

namespace Operator.Runtime;

/// <summary>Removes the status from the JSON of an object.</summary>
internal static class StatusMember
{
    /// <summary>The object without its status; null if it has none or is not a JSON object.</summary>
    public static byte[]? CutFrom(ReadOnlySpan<byte> json)
    {
        var rest = new ArrayBufferWriter<byte>(json.Length);
        var found = false;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            using var writer = new Utf8JsonWriter(rest);
            writer.WriteStartObject();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isStatus = reader.ValueTextEquals("status"u8);
                var name = reader.GetString()!;
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (isStatus)
                {
                    found = true;
                    continue;
                }

                writer.WritePropertyName(name);
                writer.WriteRawValue(json[start..(int)reader.BytesConsumed]);
            }

            writer.WriteEndObject();
        }
        catch (JsonException)
        {
            return null;
        }

        return found ? rest.WrittenSpan.ToArray() : null;
    }
}
