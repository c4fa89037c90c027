using Operator.Contracts;

namespace Operator;

/// <summary>Distinguishes a resource's own record from a status copied or restored from another object.</summary>
internal static class RecordedStatus
{
    /// <summary>
    /// The status if it is this resource's own record; null if it belongs to another or names no resource. Such a status is only a hint:
    /// the marks in CARTO's list decide.
    /// </summary>
    public static M2MOAuthClientStatus? Record(this M2MOAuthClient resource) =>
        resource.Status is { ResourceUid: { } uid } status && uid == resource.Metadata.Uid ? status : null;

    /// <summary>Whether two records refer to the same account.</summary>
    public static bool IsSameAs(this AccountRecord? one, AccountRecord? other) => (one?.Kind, one?.Name) == (other?.Kind, other?.Name);

    /// <summary>Filters valid IDs: a status written by others may have empty ones.</summary>
    public static IEnumerable<string> Ids(params IEnumerable<string?> clients) =>
        clients.OfType<string>().Where(client => client.Length > 0);
}
