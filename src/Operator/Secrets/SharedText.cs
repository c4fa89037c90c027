using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Secrets;

/// <summary>
/// A resource and its Secret both hold strings for the identity of the resource and its client. Thousands of both are cached, so the Secret
/// shares the resource's strings, whichever of the two comes later.
/// </summary>
internal static class SharedText
{
    /// <summary>Starts sharing.</summary>
    public static void Between(Informer<M2MOAuthClient> resources, Informer<MetadataOf<V1Secret>> secrets)
    {
        resources.Subscribe(change =>
        {
            if (
                change.New is { } resource
                && secrets.Store.TryGet(
                    new ObjectKey(resource.Metadata.NamespaceProperty, CredentialsSecrets.NameOf(resource)),
                    out var secret
                )
            )
            {
                Take(secret.Metadata, resource);
            }
        });
        secrets.Subscribe(change =>
        {
            if (
                change.New?.Metadata is { OwnerReferences: [var owner, ..] } secret
                && resources.Store.TryGet(new ObjectKey(secret.NamespaceProperty, owner.Name), out var resource)
            )
            {
                Take(secret, resource);
            }
        });
    }

    /// <summary>Replaces strings in a Secret's metadata with equal strings of the resource, which is invisible to readers.</summary>
    public static void Take(V1ObjectMeta secret, M2MOAuthClient resource)
    {
        if (secret.OwnerReferences is [var owner, ..] && owner.Uid == resource.Metadata.Uid)
        {
            owner.Uid = resource.Metadata.Uid;
            owner.Name = resource.Metadata.Name;
        }

        if (
            resource.Status?.ClientId is { } client
            && secret.Annotations is { } annotations
            && annotations.TryGetValue(WireNames.Annotations.ClientId, out var own)
            && own == client
        )
        {
            annotations[WireNames.Annotations.ClientId] = client;
        }
    }
}
