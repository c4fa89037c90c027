namespace Operator.Clients;

/// <summary>Where the record of what a resource has comes from.</summary>
internal enum RecordSource
{
    /// <summary>
    /// There is none: the status is missing, belongs to another object or was changed by another writer, so what the resource has must be
    /// read from CARTO's lists.
    /// </summary>
    None,

    /// <summary>The resource's own status, or the certainty that it has nothing yet.</summary>
    Status,

    /// <summary>CARTO's lists, in this run; see <see cref="RecordFromLists"/>.</summary>
    Lists,
}
