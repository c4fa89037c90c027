using Operator.Access;
using Operator.Carto;
using Operator.Commands.Tools;

namespace Operator.Commands;

/// <summary>A client of an account, as <c>operator import</c> shows it.</summary>
/// <param name="ClientId">Its ID.</param>
/// <param name="Name">Its name in CARTO.</param>
/// <param name="CreatedAt">When it was created, if CARTO reports that.</param>
/// <param name="State">Whether it may be adopted.</param>
/// <param name="Resource">The resource that has it, as NAMESPACE/NAME; null if none.</param>
internal sealed record FoundClient(string ClientId, string? Name, DateTimeOffset? CreatedAt, FoundState State, string? Resource)
{
    /// <summary>All M2M OAuth Clients of a list, by name: without other kinds of applications.</summary>
    /// <param name="listed">The list.</param>
    /// <param name="records">The cluster's records.</param>
    /// <param name="policy">What the account allows.</param>
    public static IReadOnlyList<FoundClient> Of(IReadOnlyList<OAuthClient> listed, ClusterRecords records, AdoptionPolicy policy) =>
        [
            .. listed
                .Where(client => !ClientList.IsOther(client))
                .Select(client =>
                {
                    var mark = Mark.Read(client.Name);
                    var resource = records.ResourceOf(client.Id, mark?.Owner);
                    var state =
                        resource is not null ? FoundState.Managed
                        : policy.IsLogin(client.Id) ? FoundState.Account
                        : mark is not null ? FoundState.Marked
                        : !policy.Allows(client.Id, client.Name) ? FoundState.NotAllowed
                        : FoundState.Free;
                    return new FoundClient(client.Id, client.Name, client.CreatedAt, state, resource?.ToString());
                })
                .OrderBy(client => client.Name, StringComparer.Ordinal)
                .ThenBy(client => client.ClientId, StringComparer.Ordinal),
        ];

    /// <summary>Whether a manifest can be written for it.</summary>
    public bool MayBeChosen => State is FoundState.Free or FoundState.NotAllowed;

    /// <summary>Describes the state for people.</summary>
    public string Describe() =>
        State switch
        {
            FoundState.Managed => $"managed by {Resource}",
            FoundState.Account => "the account logs in with it",
            FoundState.Marked => "bears the mark of another resource",
            FoundState.NotAllowed => "may be adopted once the account allows it",
            _ => "may be adopted",
        };
}

/// <summary>Whether a client may be adopted.</summary>
internal enum FoundState
{
    /// <summary>It may.</summary>
    Free,

    /// <summary>It may if the account allows it.</summary>
    NotAllowed,

    /// <summary>It was created or adopted by an operator in another cluster, or for a resource that is gone.</summary>
    Marked,

    /// <summary>It belongs to a resource in this cluster.</summary>
    Managed,

    /// <summary>The account itself logs in with it: a rotation would lock the operator out.</summary>
    Account,
}
