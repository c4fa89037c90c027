using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Drift;

/// <summary>
/// Compares the records of an account's resources with CARTO's list. It does not decide about single clients: the resource's own reconcile
/// does, since it knows what is in flight.
/// </summary>
internal static class DriftCheck
{
    /// <summary>This many may be missing in any account before a person has to check.</summary>
    public const int MostMissing = 3;

    /// <summary>In a large account, one in this many may be missing.</summary>
    public const int MissingShare = 5;

    private const int MaxNameLength = 512;

    /// <summary>Compares records with a list.</summary>
    /// <param name="account">The account.</param>
    /// <param name="before">Its resources before the list started: clients recorded then must be listed.</param>
    /// <param name="records">The current resources: clients no longer on record do not count as missing.</param>
    /// <param name="list">What CARTO listed.</param>
    /// <param name="accepted">A person accepted replacing missing clients, however many.</param>
    /// <param name="login">The client the account itself logs in with, whatever its name; null if none or unknown.</param>
    /// <param name="earlier">The previous finding for a resource: a list with a gap only disproves what it shows.</param>
    /// <param name="begun">When the list started.</param>
    public static DriftOutcome Compare(
        AccountKey account,
        IReadOnlyList<M2MOAuthClient> before,
        ClientRecords records,
        ClientList list,
        bool accepted,
        string? login,
        Func<M2MOAuthClient, DriftFinding?> earlier,
        DateTimeOffset begun
    )
    {
        var found = new Dictionary<ObjectKey, DriftFinding>();
        var missing = new List<M2MOAuthClient>();
        var managed = 0;
        foreach (var resource in before)
        {
            if (resource.Record()?.Current is not { } current)
            {
                continue;
            }

            managed++;
            if (
                records.Find(resource) is not { Metadata.DeletionTimestamp: null } now
                || now.Record() is not { } status
                || status.Current?.ClientId != current.ClientId
            )
            {
                continue;
            }

            if (list.Names.TryGetValue(current.ClientId, out var name))
            {
                if (
                    current.ClientId != login
                    && name is not null
                    && status.DisplayName is { } recorded
                    && Text.Fit(name, MaxNameLength) is var listed
                    && !ClientName.IsSame(listed, recorded)
                )
                {
                    found[ObjectKey.Of(resource)] = FindingOf(account, resource) with { ListedName = listed };
                }
            }
            else if (list.Gap is not null)
            {
                // It may be in the gap: only the previous finding stands.
                if (earlier(resource)?.Absence is { } absent)
                {
                    found[ObjectKey.Of(resource)] = FindingOf(account, resource) with { Absence = absent };
                }
            }
            else if (!(current.CreatedAt > begun - ClientListing.Lag))
            {
                // CARTO may list a client with a delay after its creation; this one is old enough.
                missing.Add(resource);
            }
        }

        var many = missing.Count > MostMissing && missing.Count * MissingShare > managed;
        var absence =
            accepted ? Absence.Accepted
            : many ? Absence.Suspected
            : Absence.Unconfirmed;
        foreach (var resource in missing)
        {
            found[ObjectKey.Of(resource)] = FindingOf(account, resource) with { Absence = absence };
        }

        var suspected = found.Values.Any(finding => finding.Absence == Absence.Suspected);
        var elsewhere = new List<M2MOAuthClient>();
        var unowned = AddStrays(found, elsewhere, account, records, list, login, tell: !suspected);
        return new DriftOutcome(managed, missing, many, suspected, unowned, list.Gap, found, elsewhere);
    }

    /// <summary>Adds unrecorded clients with one of our marks. Returns how many belong to no resource at all.</summary>
    private static int AddStrays(
        Dictionary<ObjectKey, DriftFinding> found,
        List<M2MOAuthClient> elsewhere,
        AccountKey account,
        ClientRecords records,
        ClientList list,
        string? login,
        bool tell
    )
    {
        var recorded = records.Of(account).SelectMany(IdsOf).ToHashSet(StringComparer.Ordinal);
        Dictionary<string, M2MOAuthClient>? owners = null;
        var unowned = 0;
        foreach (var marked in list.Marked)
        {
            var strays = marked.Where(client => client.ClientId != login && !recorded.Contains(client.ClientId)).ToList();
            if (strays.Count == 0)
            {
                continue;
            }

            // Rarely needed, and hashes every resource.
            owners ??= records
                .All.GroupBy(OwnerOf, StringComparer.Ordinal)
                .ToDictionary(same => same.Key, same => same.First(), StringComparer.Ordinal);
            if (!owners.TryGetValue(marked.Key, out var resource))
            {
                unowned += strays.Count;
            }
            else if (!tell || resource.Record() is not { Current: not null, Pending: null })
            {
                continue;
            }
            else if (AccountKey.Of(resource) != account)
            {
                // Its record was truncated or lost after it had moved away from this account.
                var known = IdsOf(resource).ToHashSet(StringComparer.Ordinal);
                if (strays.Exists(client => !known.Contains(client.ClientId)))
                {
                    elsewhere.Add(resource);
                }
            }
            else
            {
                var key = ObjectKey.Of(resource);
                found[key] = found.GetValueOrDefault(key, FindingOf(account, resource)) with { HasStrays = true };
            }
        }

        return unowned;
    }

    private static DriftFinding FindingOf(AccountKey account, M2MOAuthClient resource) =>
        new(account, resource.Metadata.Uid, resource.Record()!.Current!.ClientId);

    private static IEnumerable<string> IdsOf(M2MOAuthClient resource) =>
        [
            .. resource.Record()?.Current is { } current ? [current.ClientId] : Array.Empty<string>(),
            .. resource.Record()?.Retiring?.Select(retiring => retiring.ClientId) ?? [],
        ];

    private static string OwnerOf(M2MOAuthClient resource) => Mark.OwnerOf(resource.Metadata.Uid);
}

/// <summary>Result of drift detection.</summary>
/// <param name="Managed">Number of clients on record.</param>
/// <param name="Missing">Resources whose client was not listed.</param>
/// <param name="Many">So many are missing that a person should check.</param>
/// <param name="Suspected">No person has checked yet: nothing is repaired.</param>
/// <param name="Unowned">Number of listed clients with a mark of this cluster that belong to no resource.</param>
/// <param name="Gap">Which part of the list could not be read, so that no client is known to be missing; null if it is complete.</param>
/// <param name="Findings">Findings for single resources.</param>
/// <param name="StraysOfOthers">Resources with an unrecorded client here but their clients in another account.</param>
internal sealed record DriftOutcome(
    int Managed,
    IReadOnlyList<M2MOAuthClient> Missing,
    bool Many,
    bool Suspected,
    int Unowned,
    string? Gap,
    IReadOnlyDictionary<ObjectKey, DriftFinding> Findings,
    IReadOnlyList<M2MOAuthClient> StraysOfOthers
);
