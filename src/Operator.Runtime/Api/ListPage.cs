using System.Text.Json;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>One page of a list.</summary>
/// <param name="Items">The objects that could be decoded.</param>
/// <param name="Malformed">Those that could not.</param>
/// <param name="ResourceVersion">The version of the whole list, the same on every page.</param>
/// <param name="Continue">Token of the next page; null on the last one.</param>
internal sealed record ListPage<T>(List<T> Items, List<Malformed> Malformed, string ResourceVersion, string? Continue)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Decodes objects individually, so that a malformed one does not fail the list.</summary>
    /// <exception cref="IOException">The response is not a list or is truncated.</exception>
    public static ListPage<T> Decode(ReadOnlySpan<byte> json, ResourceClient<T> client)
    {
        var items = new List<T>();
        var malformed = new List<Malformed>();
        string? version = null,
            next = null;
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("metadata"u8))
                {
                    reader.Read();
                    (version, next) = DecodeMetadata(ref reader);
                }
                else if (reader.ValueTextEquals("items"u8))
                {
                    reader.Read();
                    DecodeItems(ref reader, json, client, items, malformed);
                }
                else
                {
                    reader.Skip();
                }
            }

            // Read to the end: a truncated list must not pass for a short one.
            while (reader.Read()) { }
        }
        catch (JsonException exception)
        {
            throw new IOException($"The list of {client.Definition.Plural} is not complete JSON.", exception);
        }

        return string.IsNullOrEmpty(version)
            ? throw new IOException($"The list of {client.Definition.Plural} has no resourceVersion.")
            : new ListPage<T>(items, malformed, version, string.IsNullOrEmpty(next) ? null : next);
    }

    private static (string? Version, string? Continue) DecodeMetadata(ref Utf8JsonReader reader)
    {
        string? version = null,
            next = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return default;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isVersion = reader.ValueTextEquals("resourceVersion"u8);
            var isContinue = reader.ValueTextEquals("continue"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.String && (isVersion || isContinue))
            {
                version = isVersion ? reader.GetString() : version;
                next = isContinue ? reader.GetString() : next;
            }
            else
            {
                reader.Skip();
            }
        }

        return (version, next);
    }

    private static void DecodeItems(
        ref Utf8JsonReader reader,
        ReadOnlySpan<byte> json,
        ResourceClient<T> client,
        List<T> items,
        List<Malformed> malformed
    )
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            // An empty list may be null.
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var item = json[start..(int)reader.BytesConsumed];
            try
            {
                items.Add(client.Decode(item));
            }
            catch (JsonException exception)
            {
                malformed.Add(Runtime.Malformed.From(item, exception));
            }
        }
    }
}
