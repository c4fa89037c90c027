using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Access;

/// <summary>Identifies an account of either kind.</summary>
/// <param name="Kind">Which kind.</param>
/// <param name="Namespace">Its namespace; null for a <see cref="ClusterCartoAccount"/>.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct AccountKey(AccountKind Kind, string? Namespace, string Name)
{
    /// <summary>Key of the object in its kind.</summary>
    public ObjectKey ObjectKey => new(Namespace, Name);

    /// <summary>The key of an account object: only one of the two kinds has a namespace.</summary>
    public static AccountKey Of(ObjectKey account) =>
        new(account.Namespace is null ? AccountKind.ClusterCartoAccount : AccountKind.CartoAccount, account.Namespace, account.Name);

    /// <summary>The account of a resource: the recorded account of its client, otherwise the one in the spec.</summary>
    public static AccountKey Of(M2MOAuthClient resource) => RecordOf(resource) is { } recorded ? Of(recorded, resource) : Wanted(resource);

    /// <summary>The account in the spec of a resource.</summary>
    public static AccountKey Wanted(M2MOAuthClient resource) =>
        Of(resource.Spec.AccountRef.Kind, resource.Metadata.NamespaceProperty, resource.Spec.AccountRef.Name);

    /// <summary>
    /// The account a resource works with next: that of a pending client, even if the spec has changed since; otherwise the one in the spec
    /// or, on deletion, the current one.
    /// </summary>
    public static AccountKey Acting(M2MOAuthClient resource)
    {
        var record = resource.Record();
        if (record?.Pending is { } pending)
        {
            return pending.Account is { } account ? Of(account, resource) : Of(resource);
        }

        return record?.Current is null || resource.Metadata.DeletionTimestamp is not null ? Of(resource) : Wanted(resource);
    }

    /// <summary>All accounts a resource involves.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="doubted">A doubted record of it; null if none.</param>
    public static IEnumerable<AccountKey> AllOf(M2MOAuthClient resource, M2MOAuthClientStatus? doubted = null)
    {
        HashSet<AccountKey> all = [Acting(resource), Wanted(resource), .. RecordedOf(resource)];
        if (doubted is not null)
        {
            all.UnionWith(NamedIn(doubted, resource));
            if (doubted.Account is { } account)
            {
                all.Add(Of(account, resource));
            }
        }

        return all;
    }

    /// <summary>The accounts in which a resource may have a client, once it may have one at all.</summary>
    public static IEnumerable<AccountKey> RecordedOf(M2MOAuthClient resource)
    {
        yield return Of(resource);
        foreach (var account in NamedIn(resource.Record(), resource))
        {
            yield return account;
        }
    }

    /// <summary>The accounts of pending and retiring clients, besides that of the current one.</summary>
    private static IEnumerable<AccountKey> NamedIn(M2MOAuthClientStatus? record, M2MOAuthClient resource)
    {
        if (record?.Pending?.Account is { } pending)
        {
            yield return Of(pending, resource);
        }

        foreach (var retiring in record?.Retiring ?? [])
        {
            if (retiring.Account is { } account)
            {
                yield return Of(account, resource);
            }
        }
    }

    /// <summary>
    /// The recorded account of a resource, from its status or, until then, its annotation; null before a client may exist.
    /// </summary>
    public static AccountRecord? RecordOf(M2MOAuthClient resource) =>
        resource.Record()?.Account
        ?? (
            resource.Metadata.Annotations.Find(WireNames.Annotations.Account)?.Split('/') is [var kind, var name, var uid, var owner]
            && Enum.TryParse<AccountKind>(kind, out var known)
            && owner == resource.Metadata.Uid
                ? new AccountRecord
                {
                    Kind = known,
                    Name = name,
                    Uid = uid,
                }
                : null
        );

    /// <summary>
    /// The annotation value for a record. It includes the resource's uid, so that it is invalid on copies of the resource.
    /// </summary>
    public static string Annotate(AccountRecord record, M2MOAuthClient resource) =>
        $"{record.Kind}/{record.Name}/{record.Uid}/{resource.Metadata.Uid}";

    /// <summary>The account a resource's record refers to.</summary>
    public static AccountKey Of(AccountRecord record, M2MOAuthClient resource) =>
        Of(record.Kind, resource.Metadata.NamespaceProperty, record.Name);

    /// <summary>The account a name refers to in a namespace.</summary>
    public static AccountKey Of(AccountKind kind, string @namespace, string name) =>
        new(kind, kind == AccountKind.CartoAccount ? @namespace : null, name);

    /// <summary>Display name: kind and name.</summary>
    public override string ToString() => $"{Kind} {ObjectKey}";
}
