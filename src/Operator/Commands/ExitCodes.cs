using Operator.Contracts;

namespace Operator.Commands;

/// <summary>Exit codes of the process.</summary>
internal static class ExitCodes
{
    /// <summary>It stopped as requested, or completed and found nothing wrong.</summary>
    public const int Stopped = 0;

    /// <summary>It could not start or stopped unexpectedly; the log shows why.</summary>
    public const int Failed = 1;

    /// <summary>A setting is wrong or missing: nothing was tried.</summary>
    public const int Usage = 2;

    /// <summary>CARTO rejected the credentials, or they are missing or malformed.</summary>
    public const int CredentialsRefused = 3;

    /// <summary>The account's plan, role or kind of token is not sufficient.</summary>
    public const int NotPermitted = 4;

    /// <summary>CARTO is unreachable, fails or throttles: it may work later.</summary>
    public const int Unreachable = 5;

    /// <summary>The certificate of CARTO's server is not trusted.</summary>
    public const int Untrusted = 6;

    /// <summary>CARTO's API lacks a required tool, or offers it in an unknown form.</summary>
    public const int UnsupportedApi = 7;

    /// <summary>An audit found something a person should check.</summary>
    public const int Found = 8;

    /// <summary>It was stopped by a signal (a running operator: by the second one): 128 plus the signal number, as in shells.</summary>
    public const int Signalled = 128;

    /// <summary>The code for a reason of an account, see <see cref="Reasons"/>.</summary>
    public static int Of(string reason) =>
        reason switch
        {
            Reasons.CredentialsRefused or Reasons.CredentialsMalformed or Reasons.SecretNotFound or Reasons.KeyNotFound =>
                CredentialsRefused,
            Reasons.InsufficientPermission or Reasons.OwnClientNotListed => NotPermitted,
            Reasons.Unreachable or Reasons.Throttled => Unreachable,
            Reasons.CertificateNotTrusted => Untrusted,
            Reasons.UnsupportedApi => UnsupportedApi,
            _ => Failed,
        };
}
