using System.Text;
using Operator.Access;
using Operator.Contracts;

namespace Operator.Accounts;

/// <summary>
/// Values of a credentials Secret. They are sent in forms and headers, so they must be visible ASCII (RFC 6749, appendix A); anything else
/// is a mistake, reported before CARTO returns a cryptic error. No message shows a value.
/// </summary>
internal static class CredentialText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The value without accidental surrounding white space.</summary>
    /// <exception cref="AccountException">It is not a valid credential.</exception>
    public static string Read(AccountSource source, string key, byte[] value) =>
        Examine(value) is var (text, fault) && fault is null ? text : throw Malformed(source, key, fault!);

    /// <summary>The value, if it can be sent as a bearer token.</summary>
    /// <exception cref="AccountException">It contains a space.</exception>
    public static string RequireToken(AccountSource source, string key, string text) =>
        FaultOfToken(text) is { } fault ? throw Malformed(source, key, fault) : text;

    /// <summary>The value without surrounding white space, and why it cannot be a credential; null if it can.</summary>
    public static (string Text, string? Fault) Examine(byte[] value)
    {
        string text;
        try
        {
            text = Strict.GetString(value).Trim();
        }
        catch (DecoderFallbackException)
        {
            return ("", "is not text");
        }

        return (
            text,
            text.Any(char.IsControl) ? "holds a line break or another control character"
            : text.Any(character => !char.IsAscii(character)) ? "holds a character that is not ASCII"
            : null
        );
    }

    /// <summary>Why a value cannot be sent as a bearer token; null if it can.</summary>
    public static string? FaultOfToken(string text) =>
        text.Contains(' ', StringComparison.Ordinal) ? "holds a space, as in 'Bearer ...'" : null;

    private static AccountException Malformed(AccountSource source, string key, string what) =>
        new(
            AccountProblem.ForPerson(
                Reasons.CredentialsMalformed,
                $"{source.Field}: in {source.Object} the value of the key {key} {what}: write the credential alone, as CARTO shows it"
            )
        );
}
