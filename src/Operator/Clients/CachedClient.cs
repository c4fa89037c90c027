using Operator.Contracts;

namespace Operator.Clients;

/// <summary>Leaves out of a resource what nobody reads: there may be thousands, and all are kept.</summary>
internal static class CachedClient
{
    private static readonly IList<string> OurFinalizerAlone = Array.AsReadOnly([WireNames.Finalizer]);

    /// <summary>Reduces a resource in place.</summary>
    public static void Reduce(M2MOAuthClient client)
    {
        var metadata = client.Metadata;
        if (metadata.Finalizers is [WireNames.Finalizer])
        {
            metadata.Finalizers = OurFinalizerAlone;
        }

        if (client.Record() is { } record)
        {
            // One string instead of two.
            record.ResourceUid = metadata.Uid;
        }

        // It is read for as long as no record names the account. Should the record be lost, a new version comes with both.
        if (client.Record()?.Account is not null && metadata.Annotations?.Remove(WireNames.Annotations.Account) == true && metadata.Annotations.Count == 0)
        {
            metadata.Annotations = null;
        }
    }
}
