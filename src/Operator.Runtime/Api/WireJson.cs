using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>
/// Skips parts of objects that no controller reads: managedFields are often larger than the object, and kubectl's last-applied annotation
/// is a second copy of it. Skipping them while reading costs no memory.
/// </summary>
internal static class WireJson
{
    public const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>For objects that may be written back whole: everything but managedFields, which writes may omit.</summary>
    public static JsonTypeInfo<T> WithoutManagedFields<T>(JsonTypeInfo<T> full) => Modified(full, DropManagedFields);

    /// <summary>For cached objects.</summary>
    public static JsonTypeInfo<T> Slim<T>(JsonTypeInfo<T> full) =>
        Modified(
            full,
            info =>
            {
                DropManagedFields(info);
                DropLastApplied(info);
            },
            StringPool.Shared
        );

    private static JsonTypeInfo<T> Modified<T>(JsonTypeInfo<T> full, Action<JsonTypeInfo> modifier, params JsonConverter[] converters)
    {
        var resolver = full.OriginatingResolver
            ?? full.Options.TypeInfoResolver
            ?? throw new ArgumentException($"The JSON metadata of {typeof(T).Name} does not come from a serializer context.", nameof(full));
        var options = new JsonSerializerOptions(full.Options) { TypeInfoResolver = resolver.WithAddedModifier(modifier) };
        foreach (var converter in converters)
        {
            options.Converters.Add(converter);
        }

        return (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
    }

    private static void DropManagedFields(JsonTypeInfo info)
    {
        if (info.Type == typeof(V1ObjectMeta) && Find(info, "managedFields") is { } property)
        {
            info.Properties.Remove(property);
        }
    }

    private static void DropLastApplied(JsonTypeInfo info)
    {
        if (info.Type == typeof(V1ObjectMeta) && Find(info, "annotations") is { } property)
        {
            property.CustomConverter = new AnnotationsConverter();
        }
    }

    private static JsonPropertyInfo? Find(JsonTypeInfo info, string name) =>
        info.Properties.FirstOrDefault(property => property.Name == name);

    private sealed class AnnotationsConverter : JsonConverter<IDictionary<string, string>>
    {
        public override IDictionary<string, string>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Null)
            {
                return null;
            }

            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new JsonException("Annotations are not an object.");
            }

            Dictionary<string, string>? annotations = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals(LastApplied))
                {
                    reader.Skip();
                    continue;
                }

                var name = StringPool.Shared.Take(ref reader);
                reader.Read();
                (annotations ??= [])[name] =
                    reader.TokenType == JsonTokenType.String
                        ? StringPool.Shared.Take(ref reader)
                        : throw new JsonException("An annotation is not a string.");
            }

            return annotations;
        }

        public override void Write(Utf8JsonWriter writer, IDictionary<string, string> value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (name, text) in value)
            {
                writer.WriteString(name, text);
            }

            writer.WriteEndObject();
        }
    }
}
