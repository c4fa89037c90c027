using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Runtime;

/// <summary>
/// Lets cached objects share equal strings: thousands have the same labels, reasons and messages. Bounded: each slot keeps only its latest
/// string; evicted ones are just not shared.
/// </summary>
internal sealed class StringPool : JsonConverter<string>
{
    /// <summary>Far more than one object has, so that unique strings do not evict common ones.</summary>
    private const int Places = 4096;

    private const int Longest = 256;

    // No lock: a race only results in a string that is not shared.
    private readonly string?[] _places = new string?[Places];

    /// <summary>The pool of this process.</summary>
    public static StringPool Shared { get; } = new();

    /// <summary>The string at the reader's position, value or name.</summary>
    public string Take(ref Utf8JsonReader reader)
    {
        Span<char> buffer = stackalloc char[Longest];
        if (
            reader.HasValueSequence
            || reader.ValueIsEscaped
            || reader.ValueSpan.Length > Longest
            || Ascii.ToUtf16(reader.ValueSpan, buffer, out var length) != OperationStatus.Done
        )
        {
            return reader.GetString()!;
        }

        ReadOnlySpan<char> text = buffer[..length];
        ref var place = ref _places[(uint)string.GetHashCode(text) % Places];
        var known = place;
        if (known is not null && text.SequenceEqual(known))
        {
            return known;
        }

        known = text.ToString();
        place = known;
        return known;
    }

    /// <inheritdoc />
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
            ? Take(ref reader)
            : throw new JsonException("There is something else where a string belongs.");

    /// <inheritdoc />
    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Take(ref reader);

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    /// <inheritdoc />
    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value);
}
