using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Drift;

/// <summary>
/// Compares what an account's resources have on record with what CARTO lists. It decides nothing about a single client: it tells the
/// resource, whose own reconcile knows what it has under way.
/// </summary>
internal static class DriftCheck
{
    /// <summary>So many may be missing in whatever account before somebody has to look.</summary>
    public const int MostMissing = 3;

    /// <summary>One in so many may be missing in a large account.</summary>
    public const int MissingShare = 5;

    private const int MaxNameLength = 512;

    /// <summary>Compares.</summary>
    /// <param name="account">The account.</param>
    /// <param name="before">Its resources as they were before the list began: what they had on record then must be listed.</param>
    /// <param name="records">The resources as they are now: what is no longer on record is nobody's loss.</param>
    /// <param name="list">What CARTO listed.</param>
    /// <param name="accepted">A person wants missing clients replaced, however many.</param>
    /// <param name="login">The client that the account itself logs in with, whatever it is called; null: it is none, or not known.</param>
    /// <param name="earlier">What the comparison before found about a resource: a list with a gap disproves only what it shows.</param>
    /// <param name="begun">When the list began.</param>
    public static DriftOutcome Compare(
        AccountKey account,
        IReadOnlyList<M2MOAuthClient> before,
        ClientRecords records,
        ClientList list,
        bool accepted,
        string? login,
        Func<M2MOAuthClient, DriftFinding?> earlier,
        DateTimeOffset begun)
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
            if (records.Find(resource) is not { Metadata.DeletionTimestamp: null } now || now.Record() is not { } status || status.Current?.ClientId != current.ClientId)
            {
                continue;
            }

            if (list.Names.TryGetValue(current.ClientId, out var name))
            {
                if (current.ClientId != login && name is not null && status.DisplayName is { } recorded
                    && Text.Fit(name, MaxNameLength) is var listed && listed != recorded)
                {
                    found[ObjectKey.Of(resource)] = FindingOf(account, resource) with { ListedName = listed };
                }
            }
            else if (list.Gap is not null)
            {
                // It may be in the gap: what was found before stands, and no more.
                if (earlier(resource)?.Absence is { } absent)
                {
                    found[ObjectKey.Of(resource)] = FindingOf(account, resource) with { Absence = absent };
                }
            }
            else if (!(current.CreatedAt > begun - ClientListing.Lag))
            {
                // CARTO may list a client only a moment after it was created; this one it should.
                missing.Add(resource);
            }
        }

        var many = missing.Count > MostMissing && missing.Count * MissingShare > managed;
        var absence = accepted ? Absence.Accepted : many ? Absence.Suspected : Absence.Unconfirmed;
        foreach (var resource in missing)
        {
            found[ObjectKey.Of(resource)] = FindingOf(account, resource) with { Absence = absence };
        }

        var suspected = found.Values.Any(finding => finding.Absence == Absence.Suspected);
        var elsewhere = new List<M2MOAuthClient>();
        var unowned = AddStrays(found, elsewhere, account, records, list, login, tell: !suspected);
        return new DriftOutcome(managed, missing, many, suspected, unowned, list.Gap, found, elsewhere);
    }

    /// <summary>Adds the clients with a marker of ours that no record holds. Returns how many belong to no resource at all.</summary>
    private static int AddStrays(
        Dictionary<ObjectKey, DriftFinding> found,
        List<M2MOAuthClient> elsewhere,
        AccountKey account,
        ClientRecords records,
        ClientList list,
        string? login,
        bool tell)
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

            // Rarely needed: the owner of each resource costs a hash.
            owners ??= records.All.GroupBy(OwnerOf, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.First(), StringComparer.Ordinal);
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
                // Its record was cut, or lost, after it had moved away from here.
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

    private static string OwnerOf(M2MOAuthClient resource) => Marker.OwnerOf(resource.Metadata.Uid);
}

/// <summary>What a comparison came to.</summary>
/// <param name="Managed">How many clients are on record.</param>
/// <param name="Missing">The resources whose client was not listed.</param>
/// <param name="Many">So many are missing that a person should look.</param>
/// <param name="Suspected">Nobody has looked yet: nothing is put right.</param>
/// <param name="Unowned">How many listed clients bear a marker of this cluster and belong to no resource.</param>
/// <param name="Gap">What of the list could not be read: then no client is known to be missing; null: it is whole.</param>
/// <param name="Findings">What concerns single resources.</param>
/// <param name="StraysOfOthers">Resources that have their clients in another account, and one here that is not on their record.</param>
internal sealed record DriftOutcome(
    int Managed,
    IReadOnlyList<M2MOAuthClient> Missing,
    bool Many,
    bool Suspected,
    int Unowned,
    string? Gap,
    IReadOnlyDictionary<ObjectKey, DriftFinding> Findings,
    IReadOnlyList<M2MOAuthClient> StraysOfOthers);
