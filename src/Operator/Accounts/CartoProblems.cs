using Operator.Access;
using Operator.Carto;
using Operator.Contracts;

namespace Operator.Accounts;

/// <summary>Maps a failed CARTO call to a problem of the account.</summary>
internal static class CartoProblems
{
    private const string WhatItTakes = "M2M OAuth Clients take the Enterprise Large plan or above, and a user of the role Editor or above.";

    private const string UsersToken =
        "Nothing is created in this account. Give it a token of the user instead: put it into a Secret and name that in "
        + "spec.auth.accessToken or spec.auth.refreshToken in place of spec.auth.clientCredentials.";

    // One wrong list must not close the account for long.
    private static readonly TimeSpan OwnClientRetry = TimeSpan.FromMinutes(1);

    /// <summary>Names the problem.</summary>
    /// <param name="error">The failure.</param>
    /// <param name="credentials">Source of the credentials used.</param>
    public static AccountProblem Of(CartoError error, AccountSource credentials) =>
        Of(error, $"The credentials are in {credentials.Object}, under {string.Join(" and ", credentials.Keys)}.");

    /// <summary>Names the problem.</summary>
    /// <param name="error">The failure.</param>
    /// <param name="credentials">A sentence that names the source of the credentials used.</param>
    public static AccountProblem Of(CartoError error, string credentials) =>
        error.Kind switch
        {
            CartoErrorKind.Throttled => AccountProblem.ForNow(Reasons.Throttled, error.Message, error.RetryAfter),
            CartoErrorKind.Unauthorized => AccountProblem.ForPerson(Reasons.CredentialsRefused, $"{Sentence(error)} {credentials}"),

            // The token endpoint knows no plans or roles: it rejects the application.
            CartoErrorKind.Forbidden when error.Stage == CartoStage.Token => AccountProblem.ForPerson(
                Reasons.CredentialsRefused,
                $"{Sentence(error)} {credentials} The audience is in spec.auth.audience."
            ),
            CartoErrorKind.Forbidden => AccountProblem.ForPerson(Reasons.InsufficientPermission, $"{Sentence(error)} {WhatItTakes}"),
            CartoErrorKind.Rejected or CartoErrorKind.NotFound => AccountProblem.ForPerson(Reasons.Rejected, error.Message),
            CartoErrorKind.Unsupported => AccountProblem.ForPerson(Reasons.UnsupportedApi, error.Message),
            CartoErrorKind.OwnClientNotListed => AccountProblem.ForPerson(
                Reasons.OwnClientNotListed,
                $"{Sentence(error)} {UsersToken}",
                OwnClientRetry
            ),
            CartoErrorKind.Untrusted => AccountProblem.ForPerson(Reasons.CertificateNotTrusted, error.Message),
            _ => AccountProblem.ForNow(Reasons.Unreachable, error.Message, error.RetryAfter),
        };

    // Some messages end with CARTO's own text, which may lack a full stop.
    private static string Sentence(CartoError error) => error.Message is [.., '.' or '!' or '?'] ? error.Message : $"{error.Message}.";
}
