using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Secrets;

/// <summary>
/// A resource and its Secret both hold strings for the identity of the resource and its client. Thousands of both are cached, so whichever
/// of the two is read later takes the strings of the cached one, before it is cached itself.
/// </summary>
internal static class SharedText
{
    /// <summary>Replaces strings of a resource with equal ones of its cached Secret.</summary>
    public static void Take(M2MOAuthClient resource, Store<MetadataOf<V1Secret>> secrets)
    {
        if (secrets.TryGet(CredentialsSecrets.KeyOf(resource), out var secret))
        {
            Take(resource, secret.Metadata);
        }
    }

    /// <summary>Replaces strings in a Secret's metadata with equal ones of its cached resource.</summary>
    public static void Take(MetadataOf<V1Secret> secret, Store<M2MOAuthClient> resources)
    {
        if (
            secret.Metadata is { OwnerReferences: [var owner, ..] } metadata
            && resources.TryGet(new ObjectKey(metadata.NamespaceProperty, owner.Name), out var resource)
        )
        {
            Take(metadata, resource);
        }
    }

    /// <summary>Same, for one Secret.</summary>
    public static void Take(M2MOAuthClient resource, V1ObjectMeta secret)
    {
        if (secret.OwnerReferences is [var owner, ..] && owner.Uid == resource.Metadata.Uid)
        {
            resource.Metadata.Uid = owner.Uid;
            resource.Metadata.Name = owner.Name;
        }

        if (
            resource.Status is { ClientId: { } client } status
            && secret.Annotations.Find(WireNames.Annotations.ClientId) is { } own
            && own == client
        )
        {
            status.ClientId = own;
        }
    }

    /// <summary>Same, for one resource.</summary>
    public static void Take(V1ObjectMeta secret, M2MOAuthClient resource)
    {
        if (secret.OwnerReferences is [var owner, ..] && owner.Uid == resource.Metadata.Uid)
        {
            owner.Uid = resource.Metadata.Uid;
            owner.Name = resource.Metadata.Name;
        }

        if (resource.Status?.ClientId is { } client && secret.Annotations.Find(WireNames.Annotations.ClientId) == client)
        {
            secret.Annotations[WireNames.Annotations.ClientId] = client;
        }
    }
}
