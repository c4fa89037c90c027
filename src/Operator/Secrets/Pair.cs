using Operator.Carto;

namespace Operator.Secrets;

/// <summary>A client's ID and secret, in transit from CARTO to the Secret.</summary>
/// <param name="ClientId">Client ID; public.</param>
/// <param name="Serial">The client's serial.</param>
/// <param name="ClientSecret">Its secret.</param>
/// <param name="Name">The client's name in CARTO; null if unknown.</param>
/// <param name="CreatedAt">When it was created; null if unknown.</param>
/// <param name="Origin">Where the secret comes from.</param>
internal sealed record Pair(
    string ClientId,
    int Serial,
    Sensitive ClientSecret,
    string? Name,
    DateTimeOffset? CreatedAt,
    PairOrigin Origin
);

/// <summary>Where a secret comes from, which determines how far to trust it before a token was obtained with it.</summary>
internal enum PairOrigin
{
    /// <summary>From the credentials Secret, which others can edit.</summary>
    Secret,

    /// <summary>From the create response.</summary>
    Created,

    /// <summary>Read back from CARTO later: it may be masked.</summary>
    ReadBack,

    /// <summary>From the Secret in <c>spec.clientSecretRef</c>.</summary>
    Referenced,
}
