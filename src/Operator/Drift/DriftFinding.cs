using Operator.Access;

namespace Operator.Drift;

/// <summary>What a comparison of an account's clients found about one resource. Only the resource's own reconcile acts on it.</summary>
/// <param name="Account">Whose clients were compared.</param>
/// <param name="ResourceUid">The resource's uid.</param>
/// <param name="ClientId">The client that the resource had on record.</param>
internal sealed record DriftFinding(AccountKey Account, string ResourceUid, string ClientId)
{
    /// <summary>That client was not listed; null: it was.</summary>
    public Absence? Absence { get; init; }

    /// <summary>What that client is called in CARTO, where it is not what the record says; null where it is.</summary>
    public string? ListedName { get; init; }

    /// <summary>Clients were listed that bear the resource's marker and are not on its record.</summary>
    public bool HasStrays { get; init; }
}

/// <summary>What follows from a client that was not listed.</summary>
internal enum Absence
{
    /// <summary>It is looked for once more, and then another takes its place.</summary>
    Unconfirmed,

    /// <summary>Too many are missing at once: nothing, until a person has looked.</summary>
    Suspected,

    /// <summary>A person has looked, and wants another in its place where CARTO does not know it.</summary>
    Accepted,
}

/// <summary>What the second look at a client showed that was not listed.</summary>
internal enum Presence
{
    /// <summary>There was none yet.</summary>
    Unknown,

    /// <summary>It is there.</summary>
    Present,

    /// <summary>Its pair works, although the account does not see it.</summary>
    OutOfSight,

    /// <summary>It is gone.</summary>
    Gone,
}
