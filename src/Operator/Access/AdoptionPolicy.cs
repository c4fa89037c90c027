using Operator.Contracts;

namespace Operator.Access;

/// <summary>
/// Which clients of an account resources may adopt. The author of a resource gets the client's secret and may have it revoked, so the
/// account's owner must consent. A namespaced account needs no list: its credentials are in the resource's namespace.
/// </summary>
/// <param name="Account">The account.</param>
/// <param name="Allowed">What its spec allows; null for nothing. Only applies to cluster accounts.</param>
/// <param name="LoginClientId">The client the account itself logs in with; null if none or unknown.</param>
internal sealed record AdoptionPolicy(AccountKey Account, AdoptionSpec? Allowed, string? LoginClientId)
{
    /// <summary>Why a resource may not adopt a client, and what to do about it; null if it may.</summary>
    /// <param name="clientId">The client.</param>
    /// <param name="name">Its name in CARTO's list; null if missing.</param>
    /// <param name="owner">The resource, as returned by <see cref="Mark.OwnerOf"/>.</param>
    /// <param name="isGone">Whether the owner of another mark is known to be gone.</param>
    public string? Refusal(string clientId, string? name, string owner, Func<Mark, bool> isGone)
    {
        if (IsLogin(clientId))
        {
            return $"spec.clientId: {Account} itself logs in with this client, so it cannot be adopted: write a new resource with the ID "
                + "of another client, or "
                + "without one, to have a client created";
        }

        if (name is null)
        {
            return "spec.clientId: CARTO's list shows no name for this client, so the operator cannot tell whether another resource owns "
                + "it: name it in CARTO";
        }

        if (Mark.Read(name) is { } mark && !isGone(mark))
        {
            // Our own mark proves consent: only an adoption or a person in CARTO can have set it.
            return mark.Owner == owner
                ? null
                : $"spec.clientId: this client bears the mark of another resource, of the cluster {mark.Cluster}, so it cannot be "
                    + "adopted: write a new resource "
                    + "with the ID of another client; if that other resource no longer exists, first remove the mark from the client's "
                    + "name in CARTO";
        }

        return Allows(clientId, name)
            ? null
            : $"spec.clientId: {Account} does not allow this client to be adopted: have its ID added to spec.adoption.clientIds of the "
                + "account, or a pattern "
                + "that its name matches to spec.adoption.names";
    }

    /// <summary>Whether the account itself logs in with a client.</summary>
    public bool IsLogin(string clientId) => clientId == LoginClientId;

    /// <summary>Whether the account consents to the adoption of an unowned client.</summary>
    public bool Allows(string clientId, string? name) =>
        Account.Kind == AccountKind.CartoAccount
        || Allowed?.ClientIds?.Contains(clientId) == true
        || (name is not null && Allowed?.Names?.Any(pattern => Wildcards.Match(pattern, name, "*")) == true);
}
