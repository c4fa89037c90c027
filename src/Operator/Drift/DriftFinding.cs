using Operator.Access;

namespace Operator.Drift;

/// <summary>What drift detection found about one resource. Only the resource's own reconcile acts on it.</summary>
/// <param name="Account">The account checked.</param>
/// <param name="ResourceUid">The resource's uid.</param>
/// <param name="ClientId">The client the resource had on record.</param>
internal sealed record DriftFinding(AccountKey Account, string ResourceUid, string ClientId)
{
    /// <summary>Set if that client was not listed; null if it was.</summary>
    public Absence? Absence { get; init; }

    /// <summary>The client's name in CARTO if it differs from the record; otherwise null.</summary>
    public string? ListedName { get; init; }

    /// <summary>Unrecorded clients with the resource's mark were listed.</summary>
    public bool HasStrays { get; init; }
}

/// <summary>How to treat a client that was not listed.</summary>
internal enum Absence
{
    /// <summary>Check once more, then replace it.</summary>
    Unconfirmed,

    /// <summary>Too many are missing at once: do nothing until a person has checked.</summary>
    Suspected,

    /// <summary>A person has checked and wants it replaced if CARTO does not know it.</summary>
    Accepted,
}

/// <summary>What the second check of an unlisted client showed.</summary>
internal enum Presence
{
    /// <summary>Not checked yet.</summary>
    Unknown,

    /// <summary>It exists.</summary>
    Present,

    /// <summary>Its credentials work, but the account does not see it.</summary>
    OutOfSight,

    /// <summary>It is gone.</summary>
    Gone,
}
