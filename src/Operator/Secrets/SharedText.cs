using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Secrets;

/// <summary>
/// A resource and its Secret both say who the resource is and which client it has, in strings of their own. Thousands of both are kept, so
/// the Secret takes those of the resource, whichever of them comes later.
/// </summary>
internal static class SharedText
{
    /// <summary>Sees to it from now on.</summary>
    public static void Between(Informer<M2MOAuthClient> resources, Informer<MetadataOf<V1Secret>> secrets)
    {
        resources.Subscribe(change =>
        {
            if (change.New is { } resource
                && secrets.Store.TryGet(new ObjectKey(resource.Metadata.NamespaceProperty, CredentialsSecrets.NameOf(resource)), out var secret))
            {
                Take(secret.Metadata, resource);
            }
        });
        secrets.Subscribe(change =>
        {
            if (change.New?.Metadata is { OwnerReferences: [var owner, ..] } secret
                && resources.Store.TryGet(new ObjectKey(secret.NamespaceProperty, owner.Name), out var resource))
            {
                Take(secret, resource);
            }
        });
    }

    /// <summary>Has a Secret's metadata take the strings of a resource where they say the same: whoever reads them sees no change.</summary>
    public static void Take(V1ObjectMeta secret, M2MOAuthClient resource)
    {
        if (secret.OwnerReferences is [var owner, ..] && owner.Uid == resource.Metadata.Uid)
        {
            owner.Uid = resource.Metadata.Uid;
            owner.Name = resource.Metadata.Name;
        }

        if (resource.Status?.ClientId is { } client
            && secret.Annotations is { } annotations
            && annotations.TryGetValue(WireNames.Annotations.ClientId, out var own)
            && own == client)
        {
            annotations[WireNames.Annotations.ClientId] = client;
        }
    }
}
