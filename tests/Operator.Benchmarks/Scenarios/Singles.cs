using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Benchmarks.World;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Benchmarks.Scenarios;

/// <summary>
/// One resource after the other, in a namespace of their own: how long each takes from its creation until its Secret is there.
/// </summary>
internal sealed class Singles : IAsyncDisposable
{
    private readonly Stage _stage;
    private readonly CancellationTokenSource _stop = new();
    private readonly Informer<MetadataOf<V1Secret>> _secrets;
    private readonly Task _watching;
    private int _made;

    private Singles(Stage stage)
    {
        _stage = stage;
        _secrets = new Informer<MetadataOf<V1Secret>>(
            stage.World.Api.For(BuiltIn.SecretMetadata),
            new InformerOptions { Namespaces = [BenchWorld.SingleNamespace] },
            TimeProvider.System,
            NullLogger<Informer<MetadataOf<V1Secret>>>.Instance
        );
        _watching = _secrets.RunAsync(_stop.Token);
    }

    /// <summary>Begins to watch for their Secrets.</summary>
    public static async Task<Singles> StartAsync(Stage stage, CancellationToken cancellationToken)
    {
        var singles = new Singles(stage);
        await singles._secrets.WaitForSyncAsync(cancellationToken);
        return singles;
    }

    /// <summary>Makes one, and waits until it is Ready. Returns the milliseconds to its Secret.</summary>
    public async Task<double> NextAsync(CancellationToken cancellationToken)
    {
        var key = new ObjectKey(BenchWorld.SingleNamespace, $"single-{_made++:000000}");
        var seen = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var ready = _stage.World.Audience.Expect(1, client => ObjectKey.Of(client) == key && Stage.IsReady(client));
        using var subscription = _secrets.Subscribe(change =>
        {
            if (change.Key == key)
            {
                seen.TrySetResult(TimeProvider.System.GetTimestamp());
            }
        });
        var applied = TimeProvider.System.GetTimestamp();
        await _stage.Population.CreateAsync(key, cancellationToken);
        var there = await seen.Task.WaitAsync(_stage.Limit, TimeProvider.System, cancellationToken);
        await ready.AllAsync(_stage.Limit, cancellationToken);
        return TimeProvider.System.GetElapsedTime(applied, there).TotalMilliseconds;
    }

    /// <summary>Makes so many.</summary>
    public async Task<IReadOnlyList<double>> ManyAsync(int count, CancellationToken cancellationToken)
    {
        var milliseconds = new List<double>(count);
        while (milliseconds.Count < count)
        {
            milliseconds.Add(await NextAsync(cancellationToken));
        }

        return milliseconds;
    }

    /// <summary>Makes them until something else has come to its end, and at least one.</summary>
    public async Task<IReadOnlyList<double>> UntilAsync(Task end, CancellationToken cancellationToken)
    {
        List<double> milliseconds = [await NextAsync(cancellationToken)];
        while (!end.IsCompleted)
        {
            milliseconds.Add(await NextAsync(cancellationToken));
        }

        return milliseconds;
    }

    /// <summary>Deletes all of them.</summary>
    public static Task DeleteAsync(Stage stage, bool removeFinalizer, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(Of(stage), cancellationToken, async (client, token) =>
            await stage.Population.DeleteAsync(client, removeFinalizer, token)
        );

    /// <summary>Deletes all of them, and waits until the operator has done its part.</summary>
    public static async Task RemoveAsync(Stage stage, CancellationToken cancellationToken)
    {
        using var gone = stage.World.Audience.ExpectGone(Of(stage).Count);
        await DeleteAsync(stage, removeFinalizer: false, cancellationToken);
        await gone.AllAsync(stage.Limit, cancellationToken);
        await stage.Operator.SettleAsync(0, stage.Limit, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private static List<M2MOAuthClient> Of(Stage stage) =>
        [.. stage.World.Audience.Clients.Where(client => client.Metadata.NamespaceProperty == BenchWorld.SingleNamespace)];
}
