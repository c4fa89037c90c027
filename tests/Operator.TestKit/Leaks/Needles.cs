using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Operator.TestKit.Leaks;

/// <summary>
/// What gives a secret away: its beginning, its end, and its beginning in the encodings that text comes in. All of one length, so that a
/// text is searched for any number of them in one pass. Hashes are looked for beside that, however short they were cut.
/// </summary>
internal sealed partial class Needles
{
    /// <summary>So many characters are no coincidence, and nobody prints so many of a secret for a good reason.</summary>
    private const int Length = 10;

    /// <summary>From so many digits on a hash is looked for: shorter ones come by themselves in uids.</summary>
    private const int ShortestHash = 8;

    private const int BytesOfABase64Needle = 9;

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _forms = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _hashes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Looks for a secret from here on.</summary>
    public void Add(string secret)
    {
        if (secret.Length < 2 * Length || !_known.Add(secret))
        {
            return;
        }

        // A token is several texts with dots between, and its last one, the signature, is as good as the whole.
        foreach (var part in secret.Split('.').Append(secret).Where(part => part.Length >= 2 * Length))
        {
            _forms.TryAdd(part[..Length], "the beginning");
            _forms.TryAdd(part[^Length..], "the end");
        }

        var bytes = Encoding.UTF8.GetBytes(secret);
        for (var shift = 0; shift < 3; shift++)
        {
            // Whatever stands before it, the encoding of the text is aligned to one of its first three bytes.
            Encoded(Convert.ToBase64String(bytes, shift, BytesOfABase64Needle), "base64");
        }

        Encoded(Uri.EscapeDataString(secret), "URL encoding");
        Encoded(Convert.ToHexStringLower(bytes), "hexadecimal digits");
        Encoded(Convert.ToHexString(bytes), "hexadecimal digits");
        var hash = SHA256.HashData(bytes);
        _hashes.TryAdd(Convert.ToHexStringLower(hash)[..ShortestHash], Convert.ToHexStringLower(hash));
        _forms.TryAdd(Convert.ToBase64String(hash)[..Length], "a hash");
    }

    /// <summary>The first thing in a text that gives a secret away: what it is, and where it begins. Null when there is none.</summary>
    public (string Form, int Index)? FindIn(string text)
    {
        var forms = _forms.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var at = 0; at <= text.Length - Length; at++)
        {
            if (forms.TryGetValue(text.AsSpan(at, Length), out var form))
            {
                return (form, at);
            }
        }

        foreach (var digits in HexadecimalDigits().EnumerateMatches(text))
        {
            var found = text.AsSpan(digits.Index, digits.Length);
            if (
                _hashes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(found[..ShortestHash], out var hash)
                && hash.AsSpan().StartsWith(found, StringComparison.OrdinalIgnoreCase)
            )
            {
                return ("a hash", digits.Index);
            }
        }

        return null;
    }

    private void Encoded(string text, string form) => _forms.TryAdd(text[..Length], $"the beginning, as {form},");

    [GeneratedRegex("(?<![0-9a-fA-F])[0-9a-fA-F]{8,64}(?![0-9a-fA-F])")]
    private static partial Regex HexadecimalDigits();
}
