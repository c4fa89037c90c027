using Operator.Contracts;

namespace Operator.Clients;

/// <summary>Strips unused fields from cached resources, of which there may be thousands.</summary>
internal static class CachedClient
{
    private static readonly IList<string> OurFinalizerAlone = Array.AsReadOnly([WireNames.Finalizer]);

    /// <summary>Strips a resource in place.</summary>
    public static void Reduce(M2MOAuthClient client)
    {
        var metadata = client.Metadata;
        if (metadata.Finalizers is [WireNames.Finalizer])
        {
            metadata.Finalizers = OurFinalizerAlone;
        }

        if (client.Record() is { } record)
        {
            // Share one string instead of keeping two.
            record.ResourceUid = metadata.Uid;
        }

        // Only read while no record names the account. If the record is lost, the informer delivers a new version with both.
        if (
            client.Record()?.Account is not null
            && metadata.Annotations?.Remove(WireNames.Annotations.Account) == true
            && metadata.Annotations.Count == 0
        )
        {
            metadata.Annotations = null;
        }
    }
}
