using System.Text.Json;

namespace Operator.Runtime;

/// <summary>An object that could not be decoded, with what is known about it.</summary>
/// <param name="Key">Its key, if its metadata can be read.</param>
/// <param name="ResourceVersion">Its version, if its metadata can be read.</param>
/// <param name="Error">The error: a path and a type, never a value.</param>
internal sealed record Malformed(ObjectKey? Key, string? ResourceVersion, string Error)
{
    /// <summary>Whether this was the final state of a deleted object.</summary>
    public bool Deleted { get; init; }

    public static Malformed From(ReadOnlySpan<byte> json, JsonException error)
    {
        string? @namespace = null,
            name = null,
            version = null;
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isMetadata = reader.ValueTextEquals("metadata"u8);
                reader.Read();
                if (!isMetadata || reader.TokenType != JsonTokenType.StartObject)
                {
                    reader.Skip();
                    continue;
                }

                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    if (reader.ValueTextEquals("name"u8))
                    {
                        name = ReadString(ref reader);
                    }
                    else if (reader.ValueTextEquals("namespace"u8))
                    {
                        @namespace = ReadString(ref reader);
                    }
                    else if (reader.ValueTextEquals("resourceVersion"u8))
                    {
                        version = ReadString(ref reader);
                    }
                    else
                    {
                        reader.Skip();
                    }
                }
            }
        }
        catch (JsonException)
        {
            // Use what was read up to here.
        }

        @namespace = string.IsNullOrEmpty(@namespace) ? null : @namespace;
        var key = string.IsNullOrEmpty(name) ? default(ObjectKey?) : new ObjectKey(@namespace, name);
        return new Malformed(key, version, error.Message);
    }

    private static string? ReadString(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString();
        }

        reader.Skip();
        return null;
    }
}
