using System.Text;
using Operator.Contracts;

namespace Operator.Accounts;

/// <summary>
/// Values of a credentials Secret. They travel in forms and headers, so they are visible characters of ASCII (RFC 6749, appendix A); what
/// else is found there is an accident, and is named before CARTO answers with a riddle. No message shows a value.
/// </summary>
internal static class CredentialText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The value without white space around it, which gets there by accident.</summary>
    /// <exception cref="AccountException">It cannot be a credential.</exception>
    public static string Read(AccountSource source, string key, byte[] value)
    {
        string text;
        try
        {
            text = Strict.GetString(value).Trim();
        }
        catch (DecoderFallbackException)
        {
            throw Malformed(source, key, "is not text");
        }

        return text.Any(char.IsControl) ? throw Malformed(source, key, "holds a line break or another control character")
            : text.Any(character => !char.IsAscii(character)) ? throw Malformed(source, key, "holds a character that is not ASCII")
            : text;
    }

    /// <summary>The value itself, when it can be sent as a bearer token.</summary>
    /// <exception cref="AccountException">It holds a space.</exception>
    public static string RequireToken(AccountSource source, string key, string text) =>
        text.Contains(' ', StringComparison.Ordinal) ? throw Malformed(source, key, "holds a space, as in 'Bearer ...'") : text;

    private static AccountException Malformed(AccountSource source, string key, string what) => new(AccountProblem.ForPerson(
        Reasons.CredentialsMalformed,
        $"{source.Field}: in {source.Object} the value of the key {key} {what}: write the credential alone, as CARTO shows it"));
}
