using Operator.Secrets;

namespace Operator.Clients;

/// <summary>The credentials Secret as read from the API server, or written to it, in this run. The cache may be behind it.</summary>
/// <param name="Stored">The Secret with its data; null if there is none.</param>
internal sealed record LiveSecret(IStoredSecret? Stored)
{
    /// <summary>The rotation request it recorded as handled when it was read; null if none.</summary>
    public string? HandledRotation { get; init; }

    /// <summary>Whether it matches what would be written for the recorded client.</summary>
    public bool IsInSync { get; init; }

    /// <summary>Whether it holds the recorded client's credentials, whatever else must change in it.</summary>
    public bool HoldsPair { get; init; }

    /// <summary>Another writer changed these credentials since they were last written or checked.</summary>
    public bool IsPairDoubted { get; init; }

    /// <summary>How it differs from what was written; null if not in any way that matters.</summary>
    public string? Mutation { get; init; }

    /// <summary>Same, with credentials that are no longer in doubt.</summary>
    public LiveSecret Trusted => this with { IsPairDoubted = false };
}
