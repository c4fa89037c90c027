using Operator.Contracts;

namespace Operator.Commands;

/// <summary>What the exit code of the process says.</summary>
internal static class ExitCodes
{
    /// <summary>It stopped as it was told to, or did what was asked and found nothing wrong.</summary>
    public const int Stopped = 0;

    /// <summary>It could not start, or ended although nobody asked it to; the log says why.</summary>
    public const int Failed = 1;

    /// <summary>A setting is wrong or missing: nothing was tried.</summary>
    public const int Usage = 2;

    /// <summary>CARTO refuses the credentials, or they are missing or malformed.</summary>
    public const int CredentialsRefused = 3;

    /// <summary>The account's plan, role or kind of token is not sufficient.</summary>
    public const int NotPermitted = 4;

    /// <summary>CARTO cannot be reached, fails, or asks to slow down: it may work later.</summary>
    public const int Unreachable = 5;

    /// <summary>The certificate of CARTO's server is not trusted.</summary>
    public const int Untrusted = 6;

    /// <summary>CARTO's API lacks a tool that is needed, or offers it in a form that is not known.</summary>
    public const int UnsupportedApi = 7;

    /// <summary>An audit found something that a person should look at.</summary>
    public const int Found = 8;

    /// <summary>A signal stopped it, a running operator by the second one: 128 and the number of the signal, as shells count.</summary>
    public const int Signalled = 128;

    /// <summary>The code for a reason of an account, see <see cref="Reasons"/>.</summary>
    public static int Of(string reason) => reason switch
    {
        Reasons.CredentialsRefused or Reasons.CredentialsMalformed or Reasons.SecretNotFound or Reasons.KeyNotFound => CredentialsRefused,
        Reasons.InsufficientPermission => NotPermitted,
        Reasons.Unreachable or Reasons.Throttled => Unreachable,
        Reasons.CertificateNotTrusted => Untrusted,
        Reasons.UnsupportedApi => UnsupportedApi,
        _ => Failed,
    };
}
