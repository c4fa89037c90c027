using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Access;

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
    public static AccountKey Of(M2MOAuthClient resource) => RecordOf(resource) is { } recorded ? Of(recorded, resource) : Wanted(resource);

    /// <summary>The account that the spec of a resource names.</summary>
    public static AccountKey Wanted(M2MOAuthClient resource) =>
        Of(resource.Spec.AccountRef.Kind, resource.Metadata.NamespaceProperty, resource.Spec.AccountRef.Name);

    /// <summary>
    /// The account that a resource works with next: where a client is on its way, that one's, wherever it is to be by now; else where it is
    /// to be, or, when the resource goes, where it is.
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

    /// <summary>All accounts that a resource has to do with.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="doubted">What may be its record; null: nothing beside its own.</param>
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

    /// <summary>The accounts that a resource may have a client in, once it may have one at all.</summary>
    public static IEnumerable<AccountKey> RecordedOf(M2MOAuthClient resource)
    {
        yield return Of(resource);
        foreach (var account in NamedIn(resource.Record(), resource))
        {
            yield return account;
        }
    }

    /// <summary>The accounts of clients that come or go, beside that of the one in use.</summary>
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

    /// <summary>The account that is on record as a resource's: in its status, or until then in its annotation; null before a client may exist.</summary>
    public static AccountRecord? RecordOf(M2MOAuthClient resource) =>
        resource.Record()?.Account
        ?? (resource.Metadata.Annotations is { } annotations && annotations.TryGetValue(WireNames.Annotations.Account, out var text)
            && text.Split('/') is [var kind, var name, var uid, var owner] && Enum.TryParse<AccountKind>(kind, out var known)
            && owner == resource.Metadata.Uid
                ? new AccountRecord { Kind = known, Name = name, Uid = uid }
                : null);

    /// <summary>A record as the annotation of a resource has it. The resource's uid is part of it: copies of the resource have another.</summary>
    public static string Annotate(AccountRecord record, M2MOAuthClient resource) =>
        $"{record.Kind}/{record.Name}/{record.Uid}/{resource.Metadata.Uid}";

    /// <summary>The account that a record of a resource means.</summary>
    public static AccountKey Of(AccountRecord record, M2MOAuthClient resource) =>
        Of(record.Kind, resource.Metadata.NamespaceProperty, record.Name);

    /// <summary>The account that a name means in a namespace.</summary>
    public static AccountKey Of(AccountKind kind, string @namespace, string name) =>
        new(kind, kind == AccountKind.CartoAccount ? @namespace : null, name);

    /// <summary>As people name it: kind and name.</summary>
    public override string ToString() => $"{Kind} {ObjectKey}";
}
