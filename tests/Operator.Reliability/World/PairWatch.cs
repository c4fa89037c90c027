using System.Collections.Concurrent;
using System.Text;
using Carto.Emulator;
using k8s.Models;
using Operator.Access;
using Operator.Clients;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Reliability.World;

/// <summary>
/// P2 and P3 at every moment: checks the pairs of a world, what is foreign, and that replaced clients live as long as their overlap, after
/// each
/// effect that may have broken one of these. It knows which pairs a person broke behind the operator's back. Such a pair need not work from
/// the
/// break until it works again, and no other pair is excused for it.
/// </summary>
internal sealed class PairWatch(MatrixWorld world)
{
    /// <summary>The operator writes full seconds.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    private readonly HashSet<string> _ready = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _broken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _deleted = new(StringComparer.Ordinal);
    private readonly HashSet<(string Uid, string ClientId)> _healed = [];
    private readonly Dictionary<string, (string Uid, DateTimeOffset Until)> _overlaps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _marks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _held = new(StringComparer.Ordinal);

    /// <summary>
    /// Pairs that only the operator can have broken, replaced clients that went too early, and what is foreign and was touched.
    /// </summary>
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
        if (effect is "CARTO create" or "CARTO update")
        {
            JudgeMarks();
        }

        if (
            !effect.EndsWith("/status", StringComparison.Ordinal)
            && effect is not "CARTO delete"
            && !effect.Contains(" secrets", StringComparison.Ordinal)
        )
        {
            return;
        }

        var secrets = await world.ListSecretsAsync(CancellationToken.None);
        var pairs = await LookAsync(secrets, CancellationToken.None);
        foreach (var pair in pairs)
        {
            NoteOverlaps(pair, effect);
            Judge(pair, effect);
        }

        JudgeOverlaps(pairs, effect);

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
        var id = Text(secret, SecretRenderer.ClientIdKey(resource.Spec.Secret))
            ?? (annotations?.TryGetValue(WireNames.Annotations.ClientId, out var noted) == true ? noted : null);
        var value = Text(secret, SecretRenderer.ClientSecretKey(resource.Spec.Secret))
            ?? (annotations?.TryGetValue(WireNames.Annotations.ClientSecretKey, out var key) == true ? Text(secret, key) : null);
        var client = world.Carto.AllClients().FirstOrDefault(client => client.Id == id);
        return client switch
        {
            null => (null, $"P2: the Secret {name} names no client: {id}"),
            { IsLive: false } => (client, $"P2: the Secret {name} names the revoked client {client}"),
            _ when client.CreatedAt >= world.Lies.Since && client.CreatedAt + world.Carto.Variants.GrantLag > world.Clock.GetUtcNow() => (
                client,
                $"P2: the Secret {name} names {client}, which is not granted tokens yet"
            ),
            _ when Mark.Read(client.Name) is { } mark && mark.Owner != Mark.OwnerOf(resource.Metadata.Uid) => (
                client,
                $"P2: the Secret {name} names {client}, which is not that of {resource.Metadata.Name}"
            ),
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

    /// <summary>
    /// How long replaced clients go on living: what the operator says, and, from the moment that a pair which works gives way to another,
    /// what the
    /// spec says.
    /// </summary>
    private void NoteOverlaps(Pair pair, string effect)
    {
        var (resource, now) = (pair.Resource, world.Clock.GetUtcNow());
        var uid = resource.Metadata.Uid;
        if (effect == $"PATCH {M2MOAuthClient.Plural}/{resource.Metadata.Name}/status")
        {
            foreach (var retiring in resource.Record()?.Retiring ?? [])
            {
                Keep(retiring.ClientId, retiring.RevokeAfter);
            }
        }

        if (pair is { Problem: null, ClientId: { } held })
        {
            if (
                _held.TryGetValue(uid, out var before)
                && before != held
                && !_broken.ContainsKey(uid)
                && resource.Status is { Pending.Overlap: { } recorded, Current.ClientId: { } current }
                && current == before
                && WireDuration.TryParse(recorded, out var first)
                && WireDuration.TryParse(Rotation.OverlapOf(resource), out var second)
            )
            {
                Keep(before, now + (first < second ? first : second));
            }

            _held[uid] = held;
        }

        void Keep(string clientId, DateTimeOffset until)
        {
            if (!_overlaps.TryGetValue(clientId, out var known) || known.Until < until)
            {
                _overlaps[clientId] = (uid, until);
            }
        }
    }

    /// <summary>
    /// Somebody writes the status of a resource: of when a replaced client was to end nothing is known any more, and it gets the overlap
    /// that
    /// the spec asks for once again.
    /// </summary>
    public void LoseRecord(M2MOAuthClient resource)
    {
        var until =
            world.Clock.GetUtcNow() + (WireDuration.TryParse(Rotation.OverlapOf(resource), out var overlap) ? overlap : TimeSpan.Zero);
        foreach (
            var (clientId, (uid, _)) in _overlaps.Where(one => one.Value.Uid == resource.Metadata.Uid && one.Value.Until > until).ToList()
        )
        {
            _overlaps[clientId] = (uid, until);
        }
    }

    /// <summary>P3: a client that bears the mark of one resource never gets that of another.</summary>
    private void JudgeMarks()
    {
        foreach (var client in world.Carto.AllClients())
        {
            if (Mark.Read(client.Name) is { Owner: var owner })
            {
                if (_marks.TryGetValue(client.Id, out var before) && before != owner)
                {
                    Seen.Enqueue($"P3: the client {client}, which bore the mark of {before}, was renamed");
                }

                _marks[client.Id] = owner;
            }
        }
    }

    private void JudgeOverlaps(IReadOnlyList<Pair> pairs, string effect)
    {
        var (now, live) = (world.Clock.GetUtcNow(), Live());
        foreach (var (clientId, (uid, until)) in _overlaps.ToList())
        {
            if (live.Contains(clientId))
            {
                continue;
            }

            _overlaps.Remove(clientId);
            if (until - Slack > now && !_deleted.Contains(clientId) && pairs.Any(pair => pair.Resource.Metadata.Uid == uid))
            {
                Seen.Enqueue(
                    $"P2: the replaced client {clientId} was revoked at {now:u}, and its overlap lasts until {until:u}, after {effect}"
                );
            }
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
            .. resources
                .Where(resource => resource.Metadata.DeletionTimestamp is null)
                .Select(resource =>
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
