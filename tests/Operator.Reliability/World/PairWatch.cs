using System.Collections.Concurrent;
using System.Text;
using Carto.Emulator;
using k8s.Models;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Reliability.World;

/// <summary>
/// P2 and P3 at every moment: looks at the pairs of a world, and at what is foreign, after each effect that may have broken one, and knows which of them somebody broke
/// behind the operator's back. Such a pair need not work from the break until it works again, and no other pair is excused for it.
/// </summary>
internal sealed class PairWatch(MatrixWorld world)
{
    private readonly HashSet<string> _ready = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _broken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _deleted = new(StringComparer.Ordinal);
    private readonly HashSet<(string Uid, string ClientId)> _healed = [];

    /// <summary>Pairs that broke and that nobody but the operator can have broken; and what is foreign and was touched.</summary>
    public ConcurrentQueue<string> Seen { get; } = new();

    /// <summary>Whether somebody deleted a client in CARTO.</summary>
    public bool IsDeleted(string clientId) => _deleted.Contains(clientId);

    /// <summary>Whether somebody broke the pair of a resource, and it has not worked since.</summary>
    public bool IsBroken(M2MOAuthClient resource) => _broken.ContainsKey(resource.Metadata.Uid);

    /// <summary>Does what a person does, while the operator does nothing. Pairs that work no longer after it were broken by it.</summary>
    public async Task BehindOurBackAsync(Func<Task> act, CancellationToken cancellationToken)
    {
        await world.Effects.Turn.WaitAsync(cancellationToken);
        try
        {
            var live = Live();
            await act();
            foreach (var clientId in live.Except(Live()))
            {
                _deleted.Add(clientId);
                _healed.RemoveWhere(healed => healed.ClientId == clientId);
            }

            foreach (var pair in await LookAsync(await world.ListSecretsAsync(cancellationToken), cancellationToken))
            {
                if (pair.Problem is not null)
                {
                    Break(pair);
                }
            }
        }
        finally
        {
            world.Effects.Turn.Release();
        }
    }

    /// <summary>Looks after an effect of the operator, before another one can come.</summary>
    public async Task AfterEffectAsync(string effect)
    {
        if (!effect.EndsWith("/status", StringComparison.Ordinal) && effect is not "CARTO delete" && !effect.Contains(" secrets", StringComparison.Ordinal))
        {
            return;
        }

        var secrets = await world.ListSecretsAsync(CancellationToken.None);
        foreach (var pair in await LookAsync(secrets, CancellationToken.None))
        {
            Judge(pair, effect);
        }

        foreach (var touched in Promises.Foreign(world, secrets))
        {
            Seen.Enqueue($"{touched}, after {effect}");
        }
    }

    /// <summary>What is wrong with a Secret of a resource; null: nothing. And the client that it names.</summary>
    public static (EmulatorClient? Client, string? Problem) Read(MatrixWorld world, M2MOAuthClient resource, V1Secret? secret)
    {
        var name = CredentialsSecrets.NameOf(resource);
        if (secret is null)
        {
            return (null, $"P2: the Secret {name} does not exist");
        }

        // Between a change of spec.secret and its rendering the pair is under the keys that it had.
        var annotations = secret.Metadata.Annotations;
        var id = Text(secret, SecretRenderer.ClientIdKey(resource.Spec.Secret)) ?? (annotations?.TryGetValue(WireNames.Annotations.ClientId, out var noted) == true ? noted : null);
        var value = Text(secret, SecretRenderer.ClientSecretKey(resource.Spec.Secret))
            ?? (annotations?.TryGetValue(WireNames.Annotations.ClientSecretKey, out var key) == true ? Text(secret, key) : null);
        var client = world.Carto.AllClients().FirstOrDefault(client => client.Id == id);
        return client switch
        {
            null => (null, $"P2: the Secret {name} names no client: {id}"),
            { IsLive: false } => (client, $"P2: the Secret {name} names the revoked client {client}"),
            _ when client.Secret != value => (client, $"P2: the Secret {name} holds another secret than that of {client}"),
            _ => (client, null),
        };
    }

    private void Judge(Pair pair, string effect)
    {
        var uid = pair.Resource.Metadata.Uid;
        if (ConditionSet.Find(pair.Resource.Status?.Conditions, ConditionTypes.Ready) is { Status: "True" })
        {
            _ready.Add(uid);
        }

        if (pair.Problem is not { } problem)
        {
            if (_broken.Remove(uid, out var named))
            {
                _healed.UnionWith(named.Select(clientId => (uid, clientId)));
            }
        }
        else if (_broken.ContainsKey(uid) || (pair.ClientId is { } id && _deleted.Contains(id) && !_healed.Contains((uid, id))))
        {
            // A client that was deleted before its pair came into the Secret was tried when it still lived.
            Break(pair);
        }
        else if (_ready.Contains(uid) && !world.NamespaceGoes)
        {
            Seen.Enqueue($"{problem}, after {effect}");
        }
    }

    private void Break(Pair pair)
    {
        var named = _broken.TryGetValue(pair.Resource.Metadata.Uid, out var known) ? known : _broken[pair.Resource.Metadata.Uid] = [];
        if (pair.ClientId is { } id)
        {
            named.Add(id);
        }
    }

    private async Task<IReadOnlyList<Pair>> LookAsync(IReadOnlyDictionary<string, V1Secret> secrets, CancellationToken cancellationToken)
    {
        var resources = await world.ListAsync(cancellationToken);
        return
        [
            .. resources.Where(resource => resource.Metadata.DeletionTimestamp is null).Select(resource =>
            {
                var (client, problem) = Read(world, resource, secrets.GetValueOrDefault(CredentialsSecrets.NameOf(resource)));
                return new Pair(resource, client?.Id, problem);
            }),
        ];
    }

    private HashSet<string> Live() => [.. world.Carto.AllClients().Where(client => client.IsLive).Select(client => client.Id)];

    private static string? Text(V1Secret secret, string key) =>
        secret.Data is { } data && data.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value) : null;

    private sealed record Pair(M2MOAuthClient Resource, string? ClientId, string? Problem);
}
