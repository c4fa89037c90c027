using Operator.Contracts;

namespace Operator;

/// <summary>Tells a status that is a resource's own record from one that was copied or restored from another object.</summary>
internal static class RecordedStatus
{
    /// <summary>
    /// The status as far as it is a record of this very resource; null where it is another's or does not say whose it is. What such a status
    /// names is a hint at most: the marks in CARTO's list decide.
    /// </summary>
    public static M2MOAuthClientStatus? Record(this M2MOAuthClient resource) =>
        resource.Status is { ResourceUid: { } uid } status && uid == resource.Metadata.Uid ? status : null;

    /// <summary>Whether two records name the same account.</summary>
    public static bool IsSameAs(this AccountRecord? one, AccountRecord? other) => (one?.Kind, one?.Name) == (other?.Kind, other?.Name);

    /// <summary>Those that are IDs: a status that others wrote may have empty ones.</summary>
    public static IEnumerable<string> Ids(params IEnumerable<string?> clients) => clients.OfType<string>().Where(client => client.Length > 0);
}
