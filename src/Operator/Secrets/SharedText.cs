using k8s.Models;
using Operator.Contracts;

namespace Operator.Secrets;

/// <summary>
/// A resource and its Secret both say who the resource is and which client it has, in strings of their own. Thousands of both are kept, so
/// whichever comes later takes those of the one that is there.
/// </summary>
internal static class SharedText
{
    /// <summary>Has a Secret's metadata take the strings of the resource that owns it.</summary>
    public static void Take(V1ObjectMeta secret, M2MOAuthClient resource)
    {
        secret.Name = Same(secret.Name, resource.Metadata.Name);
        if (secret.OwnerReferences is [var owner, ..])
        {
            owner.Uid = Same(owner.Uid, resource.Metadata.Uid);
            owner.Name = Same(owner.Name, resource.Metadata.Name);
        }

        if (secret.Annotations is { } annotations && annotations.TryGetValue(WireNames.Annotations.ClientId, out var client))
        {
            annotations[WireNames.Annotations.ClientId] = Same(client, resource.Status?.ClientId);
        }
    }

    /// <summary>Has a resource take the strings of the Secret that it owns.</summary>
    public static void Take(M2MOAuthClient resource, V1ObjectMeta secret)
    {
        resource.Metadata.Name = Same(resource.Metadata.Name, secret.Name);
        if (secret.OwnerReferences is [var owner, ..])
        {
            resource.Metadata.Uid = Same(resource.Metadata.Uid, owner.Uid);
        }
    }

    private static string Same(string own, string? other) => own == other ? other : own;
}
