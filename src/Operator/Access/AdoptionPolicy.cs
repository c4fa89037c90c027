using Operator.Contracts;

namespace Operator.Access;

/// <summary>
/// Which clients of an account resources may adopt. Whoever may write a resource gets the client's secret and may have it revoked, so that takes the
/// consent of whoever the account belongs to. A namespaced account needs no list: its credentials are in the namespace of the resource.
/// </summary>
/// <param name="Account">The account.</param>
/// <param name="Allowed">What its spec allows; null: nothing. Counts for a cluster account only.</param>
/// <param name="LoginClientId">The client that the account itself logs in with; null: none, or it is not known.</param>
internal sealed record AdoptionPolicy(AccountKey Account, AdoptionSpec? Allowed, string? LoginClientId)
{
    /// <summary>Why a resource may not adopt a client, and what to do about it; null when it may.</summary>
    /// <param name="clientId">The client.</param>
    /// <param name="name">Its name as CARTO's list has it; null when the list does not tell it.</param>
    /// <param name="owner">The resource, as <see cref="Marker.OwnerOf"/> gives it.</param>
    /// <param name="isGone">Whether it is certain that the resource of another mark does not exist any more.</param>
    public string? Refusal(string clientId, string? name, string owner, Func<Marker, bool> isGone)
    {
        if (IsLogin(clientId))
        {
            return $"spec.clientId: {Account} itself logs in with this client, so it cannot be adopted: write a new resource with the ID of another client, or "
                + "without one, to have a client created";
        }

        if (name is null)
        {
            return "spec.clientId: CARTO's list does not tell the name of this client, so nothing says whether it is another resource's: give it a name in CARTO";
        }

        if (Marker.Read(name) is { } marker && !isGone(marker))
        {
            // Our own mark is proof of consent: nothing but an adoption, or a person in CARTO, put it there.
            return marker.Owner == owner
                ? null
                : $"spec.clientId: this client bears the mark of another resource, of the cluster {marker.Cluster}, so it cannot be adopted: write a new resource "
                    + "with the ID of another client; if that other resource no longer exists, first remove the mark from the client's name in CARTO";
        }

        return Allows(clientId, name)
            ? null
            : $"spec.clientId: {Account} does not allow this client to be adopted: have its ID added to spec.adoption.clientIds of the account, or a pattern "
                + "that its name matches to spec.adoption.names";
    }

    /// <summary>Whether the account itself logs in with a client.</summary>
    public bool IsLogin(string clientId) => clientId == LoginClientId;

    /// <summary>Whether the account consents to the adoption of a client that is nobody's.</summary>
    public bool Allows(string clientId, string? name) =>
        Account.Kind == AccountKind.CartoAccount
        || Allowed?.ClientIds?.Contains(clientId) == true
        || (name is not null && Allowed?.Names?.Any(pattern => Wildcards.Match(pattern, name, "*")) == true);
}
