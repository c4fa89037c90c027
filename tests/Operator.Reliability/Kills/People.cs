using System.Text;
using System.Text.Json;
using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Reliability.Kills;

/// <summary>
/// What people do while the operator is killed again and again: they create resources, have them rotated, rename them, move them between
/// the accounts, delete them and create others of the same name. Each of them has resources of their own.
/// </summary>
/// <param name="world">Where.</param>
/// <param name="options">How many resources, and the seed of what is done to them.</param>
internal sealed class People(KillsWorld world, KillsOptions options)
{
    private const int Persons = 6;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private int _actions;

    /// <summary>How much they have done.</summary>
    public int Actions => _actions;

    /// <summary>Acts until it is cancelled, and at least until each resource was there once.</summary>
    public Task ActAsync(CancellationToken enough, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, Persons).Select(person => ActAsync(person, enough, cancellationToken)));

    private async Task ActAsync(int person, CancellationToken enough, CancellationToken cancellationToken)
    {
        var random = new Random(options.Seed + 1 + person);
        string[] names = [.. Enumerable.Range(0, options.Resources).Where(i => i % Persons == person).Select(i => $"client-{i}")];
        var created = 0;
        while (created < names.Length || !enough.IsCancellationRequested)
        {
            if (created < names.Length && (created == 0 || enough.IsCancellationRequested || random.Next(2) == 0))
            {
                await CreateAsync(names[created++], random, cancellationToken);
            }
            else
            {
                await ChangeAsync(names[random.Next(created)], random, cancellationToken);
            }

            Interlocked.Increment(ref _actions);
            if (!enough.IsCancellationRequested)
            {
                await Task.Delay(random.NextDouble() * LongestPause, TimeProvider.System, cancellationToken);
            }
        }
    }

    private async Task ChangeAsync(string name, Random random, CancellationToken cancellationToken)
    {
        var dice = random.Next(100);
        try
        {
            switch (dice)
            {
                case < 40:
                    await EditAsync(name, new { metadata = new { annotations = Request(random) } }, cancellationToken);
                    break;
                case < 60:
                    await EditAsync(name, new { spec = new { displayName = $"{name} {random.Next(1000)}" } }, cancellationToken);
                    break;
                case < 75:
                    await EditAsync(name, new { spec = new { accountRef = new { name = Account(random) } } }, cancellationToken);
                    break;
                default:
                    await DeleteAsync(name, cancellationToken);
                    await CreateAsync(name, random, cancellationToken);
                    break;
            }
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            await CreateAsync(name, random, cancellationToken);
        }
    }

    /// <summary>
    /// Deletes a resource once its finalizer is on it. Kubernetes may lose one that comes at the very moment of a deletion
    /// (kubernetes/kubernetes#77988): the operator copes with that, but not when it is killed at that moment as well.
    /// </summary>
    private async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        if (await world.Clients.GetAsync(world.Key(name), cancellationToken) is { Metadata: { Finalizers.Count: > 0, Uid: var uid } })
        {
            await world.Clients.DeleteAsync(world.Key(name), uid, cancellationToken);
        }
    }

    private async Task CreateAsync(string name, Random random, CancellationToken cancellationToken)
    {
        var overlap = random.Next(2) == 0 ? new RotationSpec { Every = "90d", Overlap = "1m" } : null;
        try
        {
            await world.Clients.CreateAsync(
                new M2MOAuthClient
                {
                    Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = world.Namespace },
                    Spec = new M2MOAuthClientSpec
                    {
                        AccountRef = new AccountReference { Kind = AccountKind.CartoAccount, Name = Account(random) },
                        Rotation = overlap,
                    },
                },
                cancellationToken
            );
        }
        catch (KubernetesApiException exception) when (exception.IsAlreadyExists)
        {
            // Its predecessor is still being deleted. Somebody will try again, or nobody will.
        }
    }

    private Task<M2MOAuthClient> EditAsync<T>(string name, T patch, CancellationToken cancellationToken) =>
        world.Clients.PatchAsync(
            world.Key(name),
            Encoding.UTF8.GetBytes(JsonSerializer.Serialize(patch)),
            subresource: null,
            cancellationToken
        );

    private string Account(Random random) => world.Users.Keys.ElementAt(random.Next(world.Users.Count));

    private static Dictionary<string, string> Request(Random random) =>
        new(StringComparer.Ordinal) { [WireNames.Annotations.RotateRequestedAt] = $"{random.Next()}" };
}
