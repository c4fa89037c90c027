using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Reliability.Kills;

/// <summary>P2 on the way: no Secret of a resource that is Ready may name a client that CARTO does not have any more.</summary>
/// <param name="world">Where.</param>
internal sealed class Watch(KillsWorld world)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private int _looks;

    /// <summary>How often all Secrets were read.</summary>
    public int Reads => _looks;

    /// <summary>Reads until it is cancelled.</summary>
    public async Task LookAsync(CancellationToken enough, CancellationToken cancellationToken)
    {
        while (!enough.IsCancellationRequested)
        {
            await LookAsync(cancellationToken);
            Interlocked.Increment(ref _looks);
            await Task.Delay(Pause, TimeProvider.System, enough).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var secrets = await world.Secrets.ListAsync(
            world.Namespace,
            $"{WireNames.Labels.ManagedBy}={WireNames.Manager}",
            cancellationToken
        );
        var live = world.Carto.AllClients().Where(client => client.IsLive).Select(client => client.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var secret in secrets)
        {
            if (ClientIdIn(secret) is { } id && !live.Contains(id) && await StillNamesAsync(secret, cancellationToken))
            {
                world.SeenOnTheWay.Enqueue($"P2: the Secret {secret.Metadata.Name} names the client {id}, which does not live");
            }
        }
    }

    /// <summary>
    /// The Secret was read first and the clients after it. Only where it is still the same, it named a client while that was gone.
    /// </summary>
    private async Task<bool> StillNamesAsync(V1Secret secret, CancellationToken cancellationToken)
    {
        var key = ObjectKey.Of(secret);
        var resource = await world.Clients.GetAsync(key, cancellationToken);
        return resource is { Metadata.DeletionTimestamp: null }
            && ConditionSet.Find(resource.Status?.Conditions, ConditionTypes.Ready) is { Status: "True" }
            && secret.Metadata.OwnerReferences?.Any(owner => owner.Uid == resource.Metadata.Uid) == true
            && (await world.Secrets.GetAsync(key, cancellationToken))?.Metadata.ResourceVersion == secret.Metadata.ResourceVersion;
    }

    private static string? ClientIdIn(V1Secret secret) => secret.Metadata.Annotations.Find(WireNames.Annotations.ClientId);
}
