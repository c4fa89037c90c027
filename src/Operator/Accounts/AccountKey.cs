using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Accounts;

/// <summary>An account of either kind.</summary>
/// <param name="Kind">Which kind.</param>
/// <param name="Namespace">Its namespace; null for a <see cref="ClusterCartoAccount"/>.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct AccountKey(AccountKind Kind, string? Namespace, string Name)
{
    /// <summary>Key of the object in its kind.</summary>
    public ObjectKey ObjectKey => new(Namespace, Name);

    /// <summary>The account that an object is: only those of one kind have a namespace.</summary>
    public static AccountKey Of(ObjectKey account) =>
        new(account.Namespace is null ? AccountKind.ClusterCartoAccount : AccountKind.CartoAccount, account.Namespace, account.Name);

    /// <summary>
    /// The account of a resource: the one that its client lives in, as recorded, or else the one that the spec names.
    /// </summary>
    public static AccountKey Of(M2MOAuthClient resource) => resource.Status?.Account is { } recorded
        ? Of(recorded.Kind, resource.Metadata.NamespaceProperty, recorded.Name)
        : Of(resource.Spec.AccountRef.Kind, resource.Metadata.NamespaceProperty, resource.Spec.AccountRef.Name);

    /// <summary>The account that a name means in a namespace.</summary>
    public static AccountKey Of(AccountKind kind, string @namespace, string name) =>
        new(kind, kind == AccountKind.CartoAccount ? @namespace : null, name);

    /// <summary>As people name it: kind and name.</summary>
    public override string ToString() => $"{Kind} {ObjectKey}";
}
