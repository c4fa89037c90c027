using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carto.Emulator;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Operator.Access;
using Operator.Contracts;
using Operator.Reliability.World;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Reliability.Histories;

/// <summary>Plays one history in one world.</summary>
/// <param name="world">The world, in which nothing has happened yet.</param>
internal sealed class Player(MatrixWorld world)
{
    private const string Deployment = "web";
    private const int LooksForItsEnd = 40;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(40);

    /// <summary>
    /// How the time moves on while the world is not yet as it should be: graces, backoffs, the comparison with CARTO's list, long looks.
    /// </summary>
    private static readonly TimeSpan[] Steps =
    [
        .. Enumerable.Repeat(TimeSpan.FromSeconds(2), 6),
        .. Enumerable.Repeat(TimeSpan.FromSeconds(12), 4),
        .. Enumerable.Repeat(TimeSpan.FromMinutes(1), 5),
        .. Enumerable.Repeat(TimeSpan.FromMinutes(7), 4),
        .. Enumerable.Repeat(TimeSpan.FromMinutes(31), 3),
    ];

    /// <summary>Acts to go until the operator, which has ended, is started again.</summary>
    private int _away;

    /// <summary>How it starts then.</summary>
    private InjectedFault? _next;

    /// <summary>Acts to go until the cache of an operator that started with an old one learns what has happened; null: it knows.</summary>
    private int? _behind;

    /// <summary>What was backed up, by name.</summary>
    private readonly Dictionary<string, JsonObject> _backups = new(StringComparer.Ordinal);

    /// <summary>Plays it. Returns the promises that were broken.</summary>
    public async Task<IReadOnlyList<string>> PlayAsync(History history, CancellationToken cancellationToken)
    {
        await FurnishAsync(cancellationToken);
        await world.Lives.StartAsync(stale: null, cancellationToken);
        await world.WaitForAccountsAsync(cancellationToken);
        await world.Lives.ArmAsync(cancellationToken);
        foreach (var act in history.Acts)
        {
            await TurnAsync(cancellationToken);
            if (act is Act.Quiet)
            {
                if (await SettleAsync(cancellationToken) is [_, ..] broken)
                {
                    return broken;
                }

                await world.Lives.ArmAsync(cancellationToken);
                continue;
            }

            await IfPossibleAsync(() => DoAsync(act, cancellationToken));
            if (Broken() is [_, ..] seen)
            {
                return seen;
            }
        }

        return await EndAsync(cancellationToken);
    }

    /// <summary>Does what the API server may refuse as things are by now.</summary>
    private static async Task IfPossibleAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (KubernetesApiException exception)
            when (exception.IsNotFound || exception.IsConflict || exception.IsAlreadyExists || exception.IsInvalid)
        {
            // Not possible.
        }
        catch (HttpOperationException exception)
            when (exception.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity)
        {
            // The same.
        }
    }

    /// <summary>People clear out of the way what they put there, and when all is well they delete everything.</summary>
    private async Task<IReadOnlyList<string>> EndAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in await world.ListAsync(cancellationToken))
        {
            await FreeSecretNameAsync(resource.Metadata.Name, cancellationToken);
            if (resource.Spec.Suspend)
            {
                await IfPossibleAsync(() => world.EditAsync(resource.Metadata.Name, """{"spec":{"suspend":false}}""", cancellationToken));
            }
        }

        var broken = await SettleAsync(cancellationToken);
        if (broken.Count == 0 && await TidyAsync(cancellationToken))
        {
            broken = await SettleAsync(cancellationToken);
        }

        broken = broken.Count > 0 ? broken : [.. await Settlement.DisturbAsync(world, cancellationToken), .. Broken()];
        if (broken.Count > 0)
        {
            return broken;
        }

        foreach (var resource in await world.ListAsync(cancellationToken))
        {
            await DeleteAsync(resource.Metadata.Name, propagation: null, cancellationToken);
        }

        return await SettleAsync(cancellationToken);
    }

    /// <summary>
    /// Takes away what no operator can put right, and what it therefore tries again and again: immutable Secrets, wishes for clients of
    /// others,
    /// and names without a mark. Returns whether there was any.
    /// </summary>
    private async Task<bool> TidyAsync(CancellationToken cancellationToken)
    {
        var found = world.ByHand.NameAsBefore();
        foreach (var resource in await world.ListAsync(cancellationToken))
        {
            var name = resource.Metadata.Name;
            if (
                resource is { Metadata.DeletionTimestamp: null, Spec.ClientId: not null }
                && ConditionSet.Find(resource.Status?.Conditions, ConditionTypes.Synced) is not { Status: "True" }
            )
            {
                found = true;
                await DeleteAsync(name, propagation: null, cancellationToken);
            }

            if (await world.Meddling.OwnSecretAsync(name, cancellationToken) is { Secret.Immutable: true })
            {
                found = true;
                await world.Meddling.ThawSecretAsync(name, cancellationToken);
            }
        }

        return found;
    }

    private List<string> Broken() => [.. world.Pairs.Seen.Distinct(), .. world.Leaks.Found().Select(found => $"P4: {found}")];

    private async Task<IReadOnlyList<string>> SettleAsync(CancellationToken cancellationToken)
    {
        world.Effects.Clear();
        world.Lies.End();
        var broken = await Settlement.SettleAsync(
            world,
            Steps,
            async () =>
            {
                _away = 0;
                await TurnAsync(cancellationToken);
                if (_behind is not null)
                {
                    await world.Lives.IdleAsync(Settlement.Quiet, cancellationToken);
                    LearnAll();
                    await world.Lives.IdleAsync(Settlement.Quiet, cancellationToken);
                }
            },
            () => Promises.CheckAsync(world, cancellationToken),
            cancellationToken
        );
        return [.. broken, .. Broken()];
    }

    /// <summary>The time from one act to the next, for an operator that has ended or that is behind.</summary>
    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        if (_behind is { } acts && (_behind = acts - 1) < 0)
        {
            LearnAll();
        }

        if (world.Lives.Gate!.IsClosed && _away-- <= 0)
        {
            var fault = _next ?? world.Lives.Gate.EndedBy;
            await world.Lives.RestartAsync(fault, cancellationToken);
            _behind = fault is InjectedFault.KillAfterEffectStale or InjectedFault.KillAfterEffectVeryStale ? 1 : null;
            (_away, _next) = (1, null);
        }
    }

    private void LearnAll()
    {
        world.Lives.Gate!.ReleaseWatches();
        _behind = null;
    }

    private Task DoAsync(Act act, CancellationToken cancellationToken) =>
        act switch
        {
            Act.Create(var name, var spec) => CreateAsync(name, spec, cancellationToken),
            Act.Adopt(var name, var retain) => AdoptAsync(name, retain, cancellationToken),
            Act.Edit(var name, var patch) => EditAsync(name, patch, cancellationToken),
            Act.Pin(var name) => PinAsync(name, cancellationToken),
            Act.Delete(var name) => DeleteAsync(name, propagation: null, cancellationToken),
            Act.Recreate(var name, var spec) => RecreateAsync(name, spec, cancellationToken),
            Act.Annotate(var name, var annotation, var value) => AnnotateAsync(name, annotation, value, cancellationToken),
            Act.EditSecret(var name, var what) => EditSecretAsync(name, what, cancellationToken),
            Act.DeleteSecret(var name) => world.Pairs.BehindOurBackAsync(
                () => DeleteSecretAsync(name, cancellationToken),
                cancellationToken
            ),
            Act.TakeSecretName(var name) => world.Pairs.BehindOurBackAsync(
                () => TakeSecretNameAsync(name, cancellationToken),
                cancellationToken
            ),
            Act.FreeSecretName(var name) => FreeSecretNameAsync(name, cancellationToken),
            Act.DeleteInCarto(var name, var which) => world.Pairs.BehindOurBackAsync(
                () => DeleteInCartoAsync(name, which, cancellationToken),
                cancellationToken
            ),
            Act.RenameInCarto(var name) => world.Pairs.BehindOurBackAsync(
                () => RenameInCartoAsync(name, cancellationToken),
                cancellationToken
            ),
            Act.ChangeLogin => world.Pairs.BehindOurBackAsync(() => world.Logins.ChangeAsync(cancellationToken), cancellationToken),
            Act.EndTokens => EndTokensAsync(),
            Act.BackUp(var name) => BackUpAsync(name, cancellationToken),
            Act.Restore(var name, var other) => RestoreAsync(name, other, cancellationToken),
            Act.EditStatus(var name, var what) => world.Meddling.EditStatusAsync(name, what, cancellationToken),
            Act.ForgeSecret(var name, var whose) => ForgeSecretAsync(name, whose, cancellationToken),
            Act.CopySecret(var from, var to) => CopySecretAsync(from, to, cancellationToken),
            Act.FreezeSecret(var name) => world.Meddling.FreezeSecretAsync(name, cancellationToken),
            Act.Steal(var name, var whose) => StealAsync(name, whose, cancellationToken),
            Act.TakeFinalizers(var name) => world.Meddling.TakeFinalizersAsync(name, cancellationToken),
            Act.DeleteWith(var name, var orphan) => DeleteAsync(name, orphan ? "Orphan" : "Foreground", cancellationToken),
            Act.Replace(var name, var status) => ReplaceAsync(name, status, cancellationToken),
            Act.Reach(var isOut) => ReachAsync(isOut),
            Act.Tell(var lie) => LieAsync(lie),
            Act.Compare(var value) => CompareAsync(value, cancellationToken),
            Act.Pass(var time) => PassAsync(time, cancellationToken),
            Act.Rest => world.Lives.IdleAsync(Settlement.Quiet, cancellationToken),
            Act.Injection(var on, var skip, var fault) => AwaitAsync(on, skip, fault),
            Act.Kill(var stale) => KillAsync(stale, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(act), act, "Nobody knows how to do this."),
        };

    private async Task FurnishAsync(CancellationToken cancellationToken)
    {
        await world.Logins.AddOtherAccountAsync(cancellationToken);
        var labels = new Dictionary<string, string> { ["app"] = Deployment };
        await world.Server.Client.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = Deployment },
                Spec = new V1DeploymentSpec
                {
                    Selector = new V1LabelSelector { MatchLabels = labels },
                    Template = new V1PodTemplateSpec
                    {
                        Metadata = new V1ObjectMeta { Labels = labels },
                        Spec = new V1PodSpec { Containers = [new V1Container { Name = Deployment, Image = "example.com/web" }] },
                    },
                },
            },
            world.Namespace,
            cancellationToken: cancellationToken
        );
    }

    private async Task CreateAsync(string name, string spec, CancellationToken cancellationToken)
    {
        // As a person writes it: null means that a field is left out.
        var wanted = JsonNode.Parse(spec)!.AsObject();
        RemoveNulls(wanted);
        var account = wanted["accountRef"]?["name"]?.GetValue<string>() ?? MatrixWorld.Account;
        wanted["accountRef"] = new JsonObject { ["kind"] = nameof(AccountKind.CartoAccount), ["name"] = account };
        await world.Clients.CreateAsync(
            new M2MOAuthClient
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = world.Namespace },
                Spec = wanted.Deserialize<M2MOAuthClientSpec>()!,
            },
            cancellationToken
        );
    }

    private async Task AdoptAsync(string name, bool retain, CancellationToken cancellationToken)
    {
        if (await world.GetAsync(name, cancellationToken) is null)
        {
            var client = world.ByHand.Create();
            await world.GiveSecretAsync(client, cancellationToken);
            await world.AdoptAsync(name, client, retain ? DeletionPolicy.Retain : DeletionPolicy.Delete, cancellationToken);
        }
    }

    private async Task EditAsync(string name, string patch, CancellationToken cancellationToken)
    {
        // A client that is not adopted yet can be adopted in its own account alone.
        var moves = patch.Contains("accountRef", StringComparison.Ordinal);
        if (
            await world.GetAsync(name, cancellationToken) is { Metadata.DeletionTimestamp: null } resource
            && !(moves && resource is { Spec.ClientId: not null, Status.Current: null })
        )
        {
            await world.EditAsync(name, $$"""{"spec":{{patch}}}""", cancellationToken);
        }
    }

    private async Task PinAsync(string name, CancellationToken cancellationToken)
    {
        if (
            await world.GetAsync(name, cancellationToken)
                is { Metadata.DeletionTimestamp: null, Spec.ClientId: null, Status.Current.ClientId: { } id } resource
            && OwnClients(resource).Any(client => client.Id == id)
        )
        {
            await world.EditAsync(name, $$$"""{"spec":{"clientId":"{{{id}}}"}}""", cancellationToken);
        }
    }

    private async Task DeleteAsync(string name, string? propagation, CancellationToken cancellationToken)
    {
        if (await world.GetAsync(name, cancellationToken) is not { } resource)
        {
            return;
        }

        await world.Meddling.NoteDeletionAsync(resource, cancellationToken);
        await (
            propagation is null
                ? world.DeleteAsync(name, cancellationToken)
                : world.Meddling.DeleteAsync(name, propagation, cancellationToken)
        );
        if (
            resource.Metadata.Finalizers?.Contains(WireNames.Finalizer) != true
            && (await world.GetAsync(name, cancellationToken))?.Metadata.Uid != resource.Metadata.Uid
        )
        {
            world.GoneAtOnce[resource.Metadata.Uid] = world.Lives.Count;
        }
    }

    private async Task RecreateAsync(string name, string spec, CancellationToken cancellationToken)
    {
        await DeleteToTheEndAsync(name, cancellationToken);
        await CreateAsync(name, spec, cancellationToken);
    }

    private async Task DeleteToTheEndAsync(string name, CancellationToken cancellationToken)
    {
        await DeleteAsync(name, propagation: null, cancellationToken);
        for (var look = 0; look < LooksForItsEnd && await world.GetAsync(name, cancellationToken) is not null; look++)
        {
            await world.Lives.IdleAsync(Moment, cancellationToken);
        }
    }

    private async Task BackUpAsync(string name, CancellationToken cancellationToken)
    {
        if (await world.Meddling.BackUpAsync(name, cancellationToken) is { } backup)
        {
            _backups[name] = backup;
        }
    }

    /// <summary>Two resources that adopt one client, of which neither has it yet, are another story.</summary>
    private async Task RestoreAsync(string name, string other, CancellationToken cancellationToken)
    {
        var backup = _backups.GetValueOrDefault(name) ?? await world.Meddling.BackUpAsync(name, cancellationToken);
        if (backup is not null && (name == other || backup["spec"]!["clientId"] is null))
        {
            await world.Meddling.RestoreAsync(backup, other, cancellationToken);
        }
    }

    private async Task ReplaceAsync(string name, bool withStatus, CancellationToken cancellationToken)
    {
        if (await world.Meddling.BackUpAsync(name, cancellationToken) is not { } backup)
        {
            return;
        }

        await DeleteToTheEndAsync(name, cancellationToken);
        await (
            withStatus
                ? world.Meddling.RestoreAsync(backup, name, cancellationToken)
                : world.Meddling.CreateAsync(backup, name, cancellationToken)
        );
    }

    private async Task ForgeSecretAsync(string name, Others whose, CancellationToken cancellationToken)
    {
        if (await ClientOfOthersAsync(name, whose, cancellationToken) is { } client)
        {
            world.Meddling.NoteSecret(name);
            await world.Meddling.ForgeSecretAsync(name, client, cancellationToken);
        }
    }

    private async Task CopySecretAsync(string from, string to, CancellationToken cancellationToken)
    {
        if (from != to)
        {
            world.Meddling.NoteSecret(to);
            await world.Meddling.CopySecretAsync(from, to, cancellationToken);
        }
    }

    /// <summary>A client that no account guards and that bears no mark may be adopted.</summary>
    private async Task StealAsync(string name, Others whose, CancellationToken cancellationToken)
    {
        if (
            whose != Others.Foreign
            && await ClientOfOthersAsync(name, whose, cancellationToken) is { } client
            && await world.GetAsync(name, cancellationToken) is null
        )
        {
            await world.Meddling.StealAsync(name, client.Id, cancellationToken);
        }
    }

    private async Task<EmulatorClient?> ClientOfOthersAsync(string name, Others whose, CancellationToken cancellationToken) =>
        whose switch
        {
            Others.Foreign => world.MadeByOthers,
            Others.OfAnotherCluster => world.OfAnotherCluster,
            Others.Login => world.Logins.Client,
            _ => (await world.ListAsync(cancellationToken))
                .Where(resource => resource.Metadata.Name != name)
                .SelectMany(OwnClients)
                .FirstOrDefault(),
        };

    private Task LieAsync(string? lie)
    {
        world.Lies.End();
        if (lie is not null)
        {
            world.Lies.Begin(Lie.Of(lie));
        }

        return Task.CompletedTask;
    }

    private Task ReachAsync(bool isOut)
    {
        if (isOut)
        {
            world.Lies.PutOutOfReach();
        }
        else
        {
            world.Lies.End();
        }

        return Task.CompletedTask;
    }

    private async Task AnnotateAsync(string name, string annotation, string value, CancellationToken cancellationToken)
    {
        // Also of a resource whose deletion is under way.
        if (annotation == WireNames.Annotations.Abandon && await world.GetAsync(name, cancellationToken) is { } resource)
        {
            world.Left[resource.Metadata.Uid] = int.MaxValue;
        }

        await world.EditAsync(name, Annotation(annotation, value), cancellationToken);
    }

    private async Task EditSecretAsync(string name, SecretEdit what, CancellationToken cancellationToken)
    {
        if (await world.Meddling.OwnSecretAsync(name, cancellationToken) is not var (resource, secret))
        {
            return;
        }

        var spec = resource.Spec.Secret;
        var patch = what switch
        {
            SecretEdit.WrongSecret => $$$"""{"stringData":{"{{{SecretRenderer.ClientSecretKey(spec)}}}":"wrong"}}""",
            SecretEdit.WrongId => $$$"""{"stringData":{"{{{SecretRenderer.ClientIdKey(spec)}}}":"nobody"}}""",
            SecretEdit.NoData => """{"data":null}""",
            SecretEdit.NoLabel => """{"metadata":{"labels":null}}""",
            SecretEdit.NoAnnotations => """{"metadata":{"annotations":null}}""",
            SecretEdit.AnotherKey => """{"stringData":{"THEIRS":"x"}}""",
            _ => """{"metadata":{"labels":{"theirs":"x"}}}""",
        };
        world.Meddling.NoteSecret(secret.Metadata.Name);
        await world.Pairs.BehindOurBackAsync(
            () => world.EditSecretAsync(secret.Metadata.Name, patch, cancellationToken),
            cancellationToken
        );
    }

    private async Task DeleteSecretAsync(string name, CancellationToken cancellationToken)
    {
        if (await world.Meddling.OwnSecretAsync(name, cancellationToken) is var (_, secret))
        {
            world.Meddling.NoteSecret(secret.Metadata.Name);
            await world.DeleteSecretAsync(secret.Metadata.Name, cancellationToken);
        }
    }

    private async Task TakeSecretNameAsync(string name, CancellationToken cancellationToken)
    {
        var taken = await world.Secrets.CreateAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = world.Namespace },
                StringData = new Dictionary<string, string> { ["THEIRS"] = "x" },
            },
            cancellationToken
        );
        world.ForeignSecrets[name] = taken.Metadata.ResourceVersion;
    }

    /// <summary>Whatever bears the name and is no resource's: put there by a person, or left by a resource that is gone.</summary>
    private async Task FreeSecretNameAsync(string name, CancellationToken cancellationToken)
    {
        if (
            await world.Secrets.GetAsync(world.Key(name), cancellationToken) is { } secret
            && secret.Metadata.OwnerReferences?.Any(owner => owner.Controller == true) != true
            && await world.Meddling.OwnSecretAsync(name, cancellationToken) is null
        )
        {
            world.Meddling.NoteSecret(name);
            world.ForeignSecrets.Remove(name);
            await world.Pairs.BehindOurBackAsync(() => world.DeleteSecretAsync(name, cancellationToken), cancellationToken);
        }
    }

    private async Task DeleteInCartoAsync(string name, int which, CancellationToken cancellationToken)
    {
        if (await world.GetAsync(name, cancellationToken) is not { } resource)
        {
            return;
        }

        var clients = OwnClients(resource);
        if (clients.Count > 0)
        {
            world.Carto.DeleteClient(clients[which % clients.Count].Id);
        }
    }

    private List<EmulatorClient> OwnClients(M2MOAuthClient resource)
    {
        var owner = Mark.OwnerOf(resource.Metadata.Uid);
        return [.. world.Carto.AllClients().Where(client => client.IsLive && Mark.Read(client.Name)?.Owner == owner)];
    }

    /// <summary>Only a client that is on record: by its name alone it cannot be found again.</summary>
    private async Task RenameInCartoAsync(string name, CancellationToken cancellationToken)
    {
        if (
            await world.Meddling.OwnSecretAsync(name, cancellationToken) is var (resource, secret)
            && resource.Status is { Current.ClientId: { } id, Pending: null }
            && CredentialsSecrets.ViewOf(secret.Metadata, resource) is SecretView.Ours { ClientId: { } named }
            && named == id
            && OwnClients(resource).Any(client => client.Id == id)
        )
        {
            world.ByHand.Rename(id);
        }
    }

    private Task EndTokensAsync()
    {
        world.Carto.EndAllAccessTokens();
        return Task.CompletedTask;
    }

    private async Task CompareAsync(string value, CancellationToken cancellationToken)
    {
        foreach (var account in (string[])[MatrixWorld.Account, MatrixWorld.OtherAccount])
        {
            await world.Accounts.PatchAsync(
                world.Key(account),
                Encoding.UTF8.GetBytes(Annotation(WireNames.Annotations.ReconcileRequestedAt, value)),
                subresource: null,
                cancellationToken
            );
        }
    }

    private async Task PassAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        await world.Lives.IdleAsync(Moment, cancellationToken);
        world.Clock.Advance(time);
    }

    private Task AwaitAsync(string on, int skip, InjectedFault fault)
    {
        world.Effects.Await(on, skip, fault);
        return Task.CompletedTask;
    }

    private async Task KillAsync(bool stale, CancellationToken cancellationToken)
    {
        await world.Lives.KillAsync(cancellationToken);
        (_away, _next) = (1, stale ? InjectedFault.KillAfterEffectVeryStale : InjectedFault.KillBefore);
    }

    private static string Annotation(string annotation, string value) =>
        $$$"""{"metadata":{"annotations":{"{{{annotation}}}":"{{{value}}}"} } }""";

    private static void RemoveNulls(JsonObject node)
    {
        foreach (var (name, value) in node.ToList())
        {
            if (value is null)
            {
                node.Remove(name);
            }
            else if (value is JsonObject inner)
            {
                RemoveNulls(inner);
            }
        }
    }
}
