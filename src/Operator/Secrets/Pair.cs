using Operator.Carto;

namespace Operator.Secrets;

/// <summary>A client's ID and secret in hand, on the way from CARTO to the Secret.</summary>
/// <param name="ClientId">Client ID; public.</param>
/// <param name="Serial">The client's serial.</param>
/// <param name="ClientSecret">Its secret.</param>
/// <param name="Name">The client's name in CARTO; null when not known.</param>
/// <param name="CreatedAt">When it was created; null when not known.</param>
/// <param name="Origin">Where the secret comes from.</param>
internal sealed record Pair(
    string ClientId, int Serial, Sensitive ClientSecret, string? Name, DateTimeOffset? CreatedAt, PairOrigin Origin);

/// <summary>Where a secret comes from: what it is worth before a token was obtained with it.</summary>
internal enum PairOrigin
{
    /// <summary>From the credentials Secret, which others can edit.</summary>
    Secret,

    /// <summary>From the answer to the create.</summary>
    Created,

    /// <summary>From CARTO later: it may be a mask.</summary>
    Told,

    /// <summary>From the Secret that <c>spec.clientSecretRef</c> names.</summary>
    Given,
}
