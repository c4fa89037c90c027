using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carto.Emulator;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Reliability.World;

/// <summary>
/// What people do to what is the operator's to write: statuses, finalizers, the annotations and the immutability of Secrets. The operator
/// does
/// nothing while they do it. Where it makes no sense as things are, nothing happens.
/// </summary>
/// <param name="world">Where they do it.</param>
internal sealed class Meddling(MatrixWorld world)
{
    private const int LaterSerial = 40;

    private readonly HashSet<string> _stripped = new(StringComparer.Ordinal);
    private readonly List<Kept> _kept = [];

    /// <summary>uids of resources whose status a person wrote.</summary>
    public HashSet<string> Forged { get; } = new(StringComparer.Ordinal);

    /// <summary>A resource as it was at an earlier moment of a scenario.</summary>
    public JsonObject? Backup { get; set; }

    /// <summary>Secrets that outlive their resource, with what they held when its deletion was asked for.</summary>
    public IReadOnlyList<Kept> Retained => _kept;

    /// <summary>A resource as it is now, as a backup keeps it; null when there is none, or when it is being deleted.</summary>
    public async Task<JsonObject?> BackUpAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var found = (JsonElement)
                await world.Server.Client.CustomObjects.GetNamespacedCustomObjectAsync(
                    WireNames.Group,
                    WireNames.Version,
                    world.Namespace,
                    M2MOAuthClient.Plural,
                    name,
                    cancellationToken
                );
            var backup = JsonNode.Parse(found.GetRawText())!.AsObject();
            return backup["metadata"]!["deletionTimestamp"] is null ? backup : null;
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>
    /// Writes a backup back: where there is no resource of that name, with labels, annotations, finalizers and spec; and then, or on the
    /// one
    /// that there is, its status.
    /// </summary>
    public Task RestoreAsync(JsonObject backup, string name, CancellationToken cancellationToken) =>
        ActAsync(
            async () =>
            {
                if (await world.GetAsync(name, cancellationToken) is null)
                {
                    await CreateAsync(backup, name, cancellationToken);
                }

                if (backup["status"] is { } status)
                {
                    await WriteStatusAsync(name, status.DeepClone(), cancellationToken);
                }
            },
            cancellationToken
        );

    /// <summary>Creates a resource as a backup has it, without its status.</summary>
    public Task CreateAsync(JsonObject backup, string name, CancellationToken cancellationToken)
    {
        var metadata = backup["metadata"].Deserialize<V1ObjectMeta>()!;
        return world.Clients.CreateAsync(
            new M2MOAuthClient
            {
                Metadata = new V1ObjectMeta
                {
                    Name = name,
                    NamespaceProperty = world.Namespace,
                    Labels = metadata.Labels,
                    Annotations = metadata.Annotations,
                    Finalizers = metadata.Finalizers,
                },
                Spec = backup["spec"].Deserialize<M2MOAuthClientSpec>()!,
            },
            cancellationToken
        );
    }

    /// <summary>Writes the status of one resource onto another.</summary>
    public async Task CopyStatusAsync(string from, string to, CancellationToken cancellationToken)
    {
        if (await BackUpAsync(from, cancellationToken) is { } backup && await BackUpAsync(to, cancellationToken) is not null)
        {
            await RestoreAsync(backup, to, cancellationToken);
        }
    }

    /// <summary>Edits the status of a resource that has one.</summary>
    public Task EditStatusAsync(string name, StatusEdit what, CancellationToken cancellationToken) =>
        ActAsync(
            async () =>
            {
                if (await BackUpAsync(name, cancellationToken) is { } resource && resource["status"] is JsonObject status)
                {
                    Edit(status, what);
                    await WriteStatusAsync(name, status.DeepClone(), cancellationToken);
                }
            },
            cancellationToken
        );

    /// <summary>Has the Secret of a resource say that it holds the pair of another client, and takes the pair's secret out of it.</summary>
    public Task ForgeSecretAsync(string name, EmulatorClient client, CancellationToken cancellationToken) =>
        ActAsync(
            async () =>
            {
                if (await OwnSecretAsync(name, cancellationToken) is var (resource, secret))
                {
                    await world.EditSecretAsync(
                        secret.Metadata.Name,
                        new JsonObject
                        {
                            ["metadata"] = new JsonObject
                            {
                                ["annotations"] = new JsonObject
                                {
                                    [WireNames.Annotations.ClientId] = client.Id,
                                    [WireNames.Annotations.Serial] = $"{LaterSerial}",
                                },
                            },
                            ["stringData"] = new JsonObject { [SecretRenderer.ClientSecretKey(resource.Spec.Secret)] = "" },
                        }.ToJsonString(),
                        cancellationToken
                    );
                }
            },
            cancellationToken
        );

    /// <summary>Applies the Secret of one resource under the name of another's.</summary>
    public Task CopySecretAsync(string from, string to, CancellationToken cancellationToken) =>
        ActAsync(
            async () =>
            {
                if (
                    await OwnSecretAsync(from, cancellationToken) is var (_, source)
                    && await OwnSecretAsync(to, cancellationToken) is var (_, target)
                )
                {
                    await world.EditSecretAsync(
                        target.Metadata.Name,
                        JsonSerializer.Serialize(
                            new
                            {
                                metadata = new { annotations = source.Metadata.Annotations },
                                data = source.Data?.ToDictionary(value => value.Key, value => Convert.ToBase64String(value.Value)),
                            }
                        ),
                        cancellationToken
                    );
                }
            },
            cancellationToken
        );

    /// <summary>Makes the Secret of a resource immutable.</summary>
    public async Task FreezeSecretAsync(string name, CancellationToken cancellationToken)
    {
        if (await OwnSecretAsync(name, cancellationToken) is var (_, secret))
        {
            await world.EditSecretAsync(secret.Metadata.Name, """{"immutable":true}""", cancellationToken);
        }
    }

    /// <summary>Deletes the Secret of a resource where it is immutable.</summary>
    public Task ThawSecretAsync(string name, CancellationToken cancellationToken) =>
        ActAsync(
            async () =>
            {
                if (await OwnSecretAsync(name, cancellationToken) is var (_, secret) && secret.Immutable == true)
                {
                    await world.DeleteSecretAsync(secret.Metadata.Name, cancellationToken);
                }
            },
            cancellationToken
        );

    /// <summary>Creates a resource that adopts a client of others, and would revoke it at its end.</summary>
    public Task StealAsync(string name, string clientId, CancellationToken cancellationToken) =>
        world.CreateAsync(name, new M2MOAuthClientSpec { ClientId = clientId, DeletionPolicy = DeletionPolicy.Delete }, cancellationToken);

    /// <summary>Takes all finalizers off a resource.</summary>
    public async Task TakeFinalizersAsync(string name, CancellationToken cancellationToken)
    {
        if (await world.GetAsync(name, cancellationToken) is { } resource)
        {
            _stripped.Add(resource.Metadata.Uid);
            if (resource.Metadata.DeletionTimestamp is not null)
            {
                world.Left[resource.Metadata.Uid] = int.MaxValue;
            }

            await world.EditAsync(name, """{"metadata":{"finalizers":null}}""", cancellationToken);
        }
    }

    /// <summary>
    /// Takes note of a deletion that a person is about to ask for: of what may be left in CARTO when its policy, a person's word or a
    /// missing
    /// finalizer says so, and of the Secret that is to stay.
    /// </summary>
    public async Task NoteDeletionAsync(M2MOAuthClient resource, CancellationToken cancellationToken)
    {
        var (metadata, spec) = (resource.Metadata, resource.Spec);
        var retains =
            (spec.DeletionPolicy ?? (spec.ClientId is null ? DeletionPolicy.Delete : DeletionPolicy.Retain)) == DeletionPolicy.Retain;
        var abandons = metadata.Annotations?.ContainsKey(WireNames.Annotations.Abandon) == true;
        var isHeld = metadata.Finalizers?.Contains(WireNames.Finalizer) == true;
        if (abandons || (!isHeld && _stripped.Contains(metadata.Uid)))
        {
            world.Left[metadata.Uid] = int.MaxValue;
        }
        else if (retains)
        {
            world.Left[metadata.Uid] = 1;
        }

        if (
            retains
            && isHeld
            && metadata.DeletionTimestamp is null
            && await OwnSecretAsync(resource.Metadata.Name, cancellationToken) is var (_, secret)
            && PairWatch.Read(world, resource, secret) is { Client: { } client, Problem: null }
            && resource.Status?.Current?.ClientId == client.Id
        )
        {
            _kept.Add(new Kept(resource, secret.Metadata.Name, client));
        }
    }

    /// <summary>A person did something to a Secret: what becomes of it is nobody else's doing.</summary>
    public void NoteSecret(string name) => _kept.RemoveAll(kept => kept.Secret == name);

    /// <summary>Asks for the deletion of a resource, with what depends on it in the foreground or left as it is.</summary>
    public Task DeleteAsync(string name, string propagation, CancellationToken cancellationToken) =>
        world.Server.Client.CustomObjects.DeleteNamespacedCustomObjectAsync(
            WireNames.Group,
            WireNames.Version,
            world.Namespace,
            M2MOAuthClient.Plural,
            name,
            propagationPolicy: propagation,
            cancellationToken: cancellationToken
        );

    /// <summary>A resource and its Secret, where it has one that is its own.</summary>
    public async Task<(M2MOAuthClient Resource, V1Secret Secret)?> OwnSecretAsync(string name, CancellationToken cancellationToken) =>
        await world.GetAsync(name, cancellationToken) is { } resource
        && await world.Secrets.GetAsync(world.Key(CredentialsSecrets.NameOf(resource)), cancellationToken) is { } secret
        && CredentialsSecrets.ViewOf(secret.Metadata, resource) is SecretView.Ours
            ? (resource, secret)
            : null;

    private Task ActAsync(Func<Task> act, CancellationToken cancellationToken) => world.Pairs.BehindOurBackAsync(act, cancellationToken);

    private async Task WriteStatusAsync(string name, JsonNode status, CancellationToken cancellationToken)
    {
        if (await world.GetAsync(name, cancellationToken) is not { Metadata.DeletionTimestamp: null } resource)
        {
            return;
        }

        Forged.Add(resource.Metadata.Uid);
        world.Pairs.LoseRecord(resource);
        var patch = new JsonArray(
            new JsonObject
            {
                ["op"] = "add",
                ["path"] = "/status",
                ["value"] = status,
            }
        );
        await world.Server.Client.CustomObjects.PatchNamespacedCustomObjectStatusAsync(
            new V1Patch(patch.ToJsonString(), V1Patch.PatchType.JsonPatch),
            WireNames.Group,
            WireNames.Version,
            world.Namespace,
            M2MOAuthClient.Plural,
            name,
            cancellationToken: cancellationToken
        );
    }

    private void Edit(JsonObject status, StatusEdit what)
    {
        switch (what)
        {
            case StatusEdit.Removed:
                status.Clear();
                break;
            case StatusEdit.GarbageClient:
                SetClient("garbage");
                break;
            case StatusEdit.EmptyClient:
                SetClient("");
                break;
            case StatusEdit.NoClient:
                status.Remove("clientId");
                status.Remove("current");
                break;
            case StatusEdit.ForeignClient:
                SetClient(world.MadeByOthers.Id);
                break;
            case StatusEdit.OtherClustersClient:
                SetClient(world.OfAnotherCluster.Id);
                break;
            case StatusEdit.Login:
                SetClient(world.Logins.Client.Id);
                break;
            case StatusEdit.ForeignRetiring:
                Retire(world.MadeByOthers.Id);
                break;
            case StatusEdit.LoginRetiring:
                Retire(world.Logins.Client.Id);
                break;
            case StatusEdit.GarbageRetiring:
                Retire("garbage");
                break;
            case StatusEdit.NoRetiring:
                status.Remove("retiring");
                break;
            case StatusEdit.NoPending:
                status.Remove("pending");
                break;
            case StatusEdit.MadeUpPending:
                status["pending"] = new JsonObject { ["serial"] = LaterSerial, ["since"] = "2026-01-01T00:00:00Z" };
                break;
            case StatusEdit.HigherSerial when status["current"] is JsonObject current:
                current["serial"] = LaterSerial;
                break;
            case StatusEdit.NoConditions:
                status.Remove("conditions");
                break;
            case StatusEdit.Ready:
                foreach (var condition in status["conditions"]?.AsArray() ?? [])
                {
                    condition!["status"] =
                        condition["type"]!.GetValue<string>() == ConditionTypes.Ready ? "True" : condition["status"]!.GetValue<string>();
                }

                break;
        }

        void SetClient(string id)
        {
            status["clientId"] = id;
            status["current"] = status["current"] is JsonObject current
                ? With(current, id)
                : new JsonObject { ["clientId"] = id, ["serial"] = 1 };
        }

        void Retire(string id) =>
            status["retiring"] = new JsonArray(new JsonObject { ["clientId"] = id, ["revokeAfter"] = "2026-01-01T00:00:00Z" });

        static JsonNode With(JsonObject record, string id)
        {
            record["clientId"] = id;
            return record.DeepClone();
        }
    }

    /// <summary>A Secret that outlives its resource.</summary>
    /// <param name="Resource">The resource, as it was when its deletion was asked for.</param>
    /// <param name="Secret">Name of the Secret.</param>
    /// <param name="Client">The client whose pair it held.</param>
    internal sealed record Kept(M2MOAuthClient Resource, string Secret, EmulatorClient Client);
}
