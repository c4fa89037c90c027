using System.Collections.Concurrent;
using System.Text;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Benchmarks.World;

/// <summary>What people do to the resources: many of them at a time.</summary>
internal sealed class Population(BenchWorld world)
{
    private const int Hands = 16;

    private readonly ResourceClient<M2MOAuthClient> _clients = world.Api.For(Kinds.Clients);

    /// <summary>Creates resources with consecutive numbers.</summary>
    public Task CreateAsync(int first, int count, CancellationToken cancellationToken) =>
        CreateAsync(Enumerable.Range(first, count), cancellationToken);

    /// <summary>Creates resources. Returns when each was asked for, as timestamps of the system's clock.</summary>
    public async Task<IReadOnlyDictionary<ObjectKey, long>> CreateAsync(IEnumerable<int> numbers, CancellationToken cancellationToken)
    {
        var times = new ConcurrentDictionary<ObjectKey, long>();
        await EachAsync(
            numbers,
            (key, token) =>
            {
                times[key] = TimeProvider.System.GetTimestamp();
                return _clients.CreateAsync(New(key), token);
            },
            cancellationToken
        );
        return times;
    }

    /// <summary>Creates one.</summary>
    public Task CreateAsync(ObjectKey key, CancellationToken cancellationToken) => _clients.CreateAsync(New(key), cancellationToken);

    /// <summary>Gives each another display name.</summary>
    public Task RenameAsync(int count, string suffix, CancellationToken cancellationToken) =>
        EachAsync(
            Enumerable.Range(0, count),
            (key, token) => _clients.PatchAsync(key, Patch($$$"""{"spec":{"displayName":"{{{key.Name}}} {{{suffix}}}"} }"""), null, token),
            cancellationToken
        );

    /// <summary>Asks for another pair for each.</summary>
    public Task RotateAsync(int count, string request, CancellationToken cancellationToken) =>
        AnnotateAsync(count, WireNames.Annotations.RotateRequestedAt, request, cancellationToken);

    /// <summary>Requests a reconcile of each.</summary>
    public Task RequestReconcilesAsync(int count, string request, CancellationToken cancellationToken) =>
        AnnotateAsync(count, WireNames.Annotations.ReconcileRequestedAt, request, cancellationToken);

    /// <summary>Deletes resources with consecutive numbers; those with a finalizer stay for the operator.</summary>
    public Task DeleteAsync(int first, int count, CancellationToken cancellationToken) =>
        DeleteAsync(Enumerable.Range(first, count), cancellationToken);

    /// <summary>Deletes resources; those with a finalizer stay for the operator.</summary>
    public Task DeleteAsync(IEnumerable<int> numbers, CancellationToken cancellationToken) =>
        EachAsync(numbers, (key, token) => _clients.DeleteAsync(key, uid: null, token), cancellationToken);

    /// <summary>Deletes one, with or without waiting for the operator.</summary>
    public async Task DeleteAsync(M2MOAuthClient client, bool removeFinalizer, CancellationToken cancellationToken)
    {
        if (removeFinalizer)
        {
            await _clients.PatchAsync(ObjectKey.Of(client), Patch("""{"metadata":{"finalizers":[]}}"""), null, cancellationToken);
        }

        await _clients.DeleteAsync(ObjectKey.Of(client), uid: null, cancellationToken);
    }

    /// <summary>Has each account's clients compared with CARTO's list, and returns when all were.</summary>
    public async Task CheckAccountsAsync(string request, CancellationToken cancellationToken)
    {
        var accounts = world.Api.For(Kinds.ClusterAccounts);
        var patch = Patch($$$"""{"metadata":{"annotations":{"{{{WireNames.Annotations.ReconcileRequestedAt}}}":"{{{request}}}"} } }""");
        foreach (var user in world.Users)
        {
            await accounts.PatchAsync(new ObjectKey(null, user.Name), patch, null, cancellationToken);
        }

        await TestKit.Eventually.GetAsync(
            token => accounts.ListAsync(null, null, token),
            all => all.All(account => account.Status?.LastHandledReconcileAt == request),
            "all accounts to be compared",
            cancellationToken,
            world.Options.Limit
        );
    }

    private M2MOAuthClient New(ObjectKey key) =>
        new()
        {
            Metadata = new() { Name = key.Name, NamespaceProperty = key.Namespace },
            Spec = new()
            {
                DisplayName = $"{key.Name} of {key.Namespace}",
                AccountRef = new() { Name = world.AccountOf(key.Namespace!) },
            },
        };

    private Task AnnotateAsync(int count, string annotation, string value, CancellationToken cancellationToken)
    {
        var patch = Patch($$$"""{"metadata":{"annotations":{"{{{annotation}}}":"{{{value}}}"} } }""");
        return EachAsync(Enumerable.Range(0, count), (key, token) => _clients.PatchAsync(key, patch, null, token), cancellationToken);
    }

    private Task EachAsync(
        IEnumerable<int> numbers,
        Func<ObjectKey, CancellationToken, Task> action,
        CancellationToken cancellationToken
    ) =>
        Parallel.ForEachAsync(
            numbers,
            new ParallelOptions { MaxDegreeOfParallelism = Hands, CancellationToken = cancellationToken },
            async (number, token) => await action(world.KeyOf(number), token)
        );

    private static byte[] Patch(string json) => Encoding.UTF8.GetBytes(json);
}
