using System.Net.Http.Json;
using System.Text;
using Carto.Emulator;
using k8s;
using k8s.Models;
using Operator.Accounts;
using Operator.Carto;
using Operator.Clients;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Reliability.World;

/// <summary>The promises of the design, checked on a world. Each broken one is a line that begins with its number.</summary>
internal static class Promises
{
    private static readonly HttpClient Http =
        new(new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator });

    /// <summary>
    /// All promises that can be seen in a world that is quiet. Where the records alone show that it is not as it should be, the rest is not
    /// looked at.
    /// </summary>
    public static async Task<IReadOnlyList<string>> CheckAsync(MatrixWorld world, CancellationToken cancellationToken)
    {
        var resources = await world.ListAsync(cancellationToken);
        var accounts = await world.Server.ListAsync<CartoAccount>(world.Namespace, CartoAccount.Plural, cancellationToken);
        List<string> broken =
        [
            .. Clients(world, resources),
            .. Conditions(resources),
            .. Requests(resources, world.Clock.GetUtcNow()),
            .. Accounts(accounts),
        ];
        if (broken.Count > 0)
        {
            return broken;
        }

        await foreach (var pair in PairsAsync(world, resources, cancellationToken))
        {
            broken.Add(pair);
        }

        await foreach (var restart in RestartsAsync(world, resources, cancellationToken))
        {
            broken.Add(restart);
        }

        broken.AddRange(await ForeignAsync(world, cancellationToken));
        broken.AddRange(await KeptAsync(world, resources, accounts, cancellationToken));
        broken.AddRange(await LeaksAsync(world, cancellationToken));
        return broken;
    }

    /// <summary>P1: one live client for each resource, those that it says are retiring, and no other.</summary>
    private static IEnumerable<string> Clients(MatrixWorld world, IReadOnlyList<M2MOAuthClient> resources)
    {
        var bystanders = world.Bystanders.Select(client => client.Id).ToHashSet(StringComparer.Ordinal);
        var live = world.Carto.AllClients().Where(client => client.IsLive && !client.IsAccountCredential && !bystanders.Contains(client.Id)).ToList();
        Dictionary<string, string> recorded = new(StringComparer.Ordinal);
        foreach (var resource in resources)
        {
            var status = resource.Status;
            string?[] ids = [status?.Current?.ClientId, .. status?.Retiring?.Select(retiring => retiring.ClientId) ?? []];
            if (status?.Current is { } current && !resource.Spec.Suspend && live.Find(client => client.Id == current.ClientId) is { } named)
            {
                var wanted = ClientName.Of(resource, MatrixWorld.Cluster, AccountAccess.DefaultMaxNameLength).For(current.Serial);
                if (named.Name != wanted)
                {
                    yield return $"P6: the client of {resource.Metadata.Name} is called {named.Name} and not {wanted}";
                }
            }

            foreach (var id in ids.OfType<string>())
            {
                if (!recorded.TryAdd(id, resource.Metadata.Name))
                {
                    yield return $"P1: {recorded[id]} and {resource.Metadata.Name} both record the client {id}";
                }

                if (!live.Exists(client => client.Id == id))
                {
                    yield return $"P1: {resource.Metadata.Name} records the client {id}, which does not live";
                }
            }

            if (status?.Current is null && !resource.Spec.Suspend)
            {
                yield return $"P1: {resource.Metadata.Name} has no client";
            }

            if (status?.Pending is { } pending)
            {
                yield return $"P1: {resource.Metadata.Name} still has client number {pending.Serial} pending";
            }
        }

        var left = world.Left.ToDictionary(uid => Marker.For(MatrixWorld.Cluster, uid, serial: 0).Owner, _ => 0, StringComparer.Ordinal);
        foreach (var client in live.Where(client => !recorded.ContainsKey(client.Id)))
        {
            var owner = Marker.Read(client.Name)?.Owner;
            if (owner is null || !left.TryGetValue(owner, out var count))
            {
                yield return $"P1: nobody records the live client {client}";
            }
            else if (count > 0)
            {
                yield return $"P1: more than one client was left behind, {client} among them";
            }
            else
            {
                left[owner] = 1;
            }
        }
    }

    /// <summary>P2 at any moment: Secrets of resources that were Ready once and hold a pair that does not work.</summary>
    public static async IAsyncEnumerable<string> BrokenPairsAsync(
        MatrixWorld world, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (world.PairsMayBeBroken)
        {
            yield break;
        }

        foreach (var resource in await world.ListAsync(cancellationToken))
        {
            if (resource.Metadata.DeletionTimestamp is null
                && world.WasReady.ContainsKey(resource.Metadata.Uid)
                && await PairAsync(world, resource, cancellationToken) is (_, _, { } problem))
            {
                yield return problem;
            }
        }
    }

    /// <summary>P2 in a quiet world, by buying a token.</summary>
    private static async IAsyncEnumerable<string> PairsAsync(
        MatrixWorld world,
        IReadOnlyList<M2MOAuthClient> resources,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var resource in resources.Where(resource => resource.Metadata.DeletionTimestamp is null && resource.Status?.Current is not null))
        {
            var (client, secret, problem) = await PairAsync(world, resource, cancellationToken);
            if (problem is not null)
            {
                yield return problem;
            }
            else if (client!.Id != resource.Status!.Current!.ClientId)
            {
                yield return $"P2: the Secret of {resource.Metadata.Name} names {client.Id}, and its status {resource.Status.Current.ClientId}";
            }
            else if (!resource.Spec.Suspend && !IsAsWanted(world, resource, secret!, client))
            {
                yield return $"P6: the Secret {secret!.Metadata.Name} is not as {resource.Metadata.Name} wants it";
            }
            else if (!await ObtainsTokenAsync(world, client, cancellationToken))
            {
                yield return $"P2: no token for the pair of {resource.Metadata.Name}";
            }
        }
    }

    private static bool IsAsWanted(MatrixWorld world, M2MOAuthClient resource, V1Secret secret, EmulatorClient client) => CredentialsSecrets.IsAsWanted(
        secret,
        resource,
        new Pair(client.Id, resource.Status!.Current!.Serial, new Sensitive(client.Secret), client.Name, client.CreatedAt),
        new Endpoints(world.ApiBaseUrl, world.Carto.TokenUrl.ToString(), world.Carto.Audience));

    private static async Task<(EmulatorClient? Client, V1Secret? Secret, string? Problem)> PairAsync(
        MatrixWorld world, M2MOAuthClient resource, CancellationToken cancellationToken)
    {
        var name = CredentialsSecrets.NameOf(resource);
        var secret = await world.Secrets.GetAsync(world.Key(name), cancellationToken);
        if (secret is null)
        {
            return (null, null, $"P2: the Secret {name} does not exist");
        }

        // Between a change of spec.secret and its rendering the pair is under the keys that it had.
        var annotations = secret.Metadata.Annotations;
        var id = Text(secret, SecretRenderer.ClientIdKey(resource.Spec.Secret)) ?? annotations?[WireNames.Annotations.ClientId];
        var value = Text(secret, SecretRenderer.ClientSecretKey(resource.Spec.Secret))
            ?? (annotations?.TryGetValue(WireNames.Annotations.ClientSecretKey, out var key) == true ? Text(secret, key) : null);
        var client = world.Carto.AllClients().FirstOrDefault(client => client.Id == id);
        return client switch
        {
            null => (null, secret, $"P2: the Secret {name} names no client: {id}"),
            { IsLive: false } => (null, secret, $"P2: the Secret {name} names the revoked client {client}"),
            _ when client.Secret != value => (null, secret, $"P2: the Secret {name} holds another secret than that of {client}"),
            _ => (client, secret, null),
        };
    }

    private static async Task<bool> ObtainsTokenAsync(MatrixWorld world, EmulatorClient client, CancellationToken cancellationToken)
    {
        using var answer = await Http.PostAsJsonAsync(
            world.Carto.TokenUrl,
            new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = client.Id,
                ["client_secret"] = client.Secret,
                ["audience"] = world.Carto.Audience,
            },
            cancellationToken);
        return answer.IsSuccessStatusCode;
    }

    /// <summary>P5 and P6: workloads are restarted once for each change of the pair. A new generation is a rollout.</summary>
    private static async IAsyncEnumerable<string> RestartsAsync(
        MatrixWorld world,
        IReadOnlyList<M2MOAuthClient> resources,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var name in world.Workloads)
        {
            var current = resources.First(resource => resource.Metadata.Name == name).Status?.Current?.ClientId;
            var changes = world.PairsIn(name).Count - 1;
            var workload = await world.Server.Client.AppsV1.ReadNamespacedDeploymentAsync(name, world.Namespace, cancellationToken: cancellationToken);
            if (workload.Metadata.Generation - 1 is var restarts && restarts > changes)
            {
                yield return $"P5: the Deployment {name} was restarted {restarts} times for {changes} changes of the pair";
            }

            if (changes > 0 && (workload.Spec.Template.Metadata.Annotations?.TryGetValue(WireNames.Annotations.ClientId, out var last) != true || last != current))
            {
                yield return $"P6: the Deployment {name} was not restarted for the pair of {current}";
            }
        }
    }

    /// <summary>P3: foreign Secrets and clients are as they were.</summary>
    private static async Task<IReadOnlyList<string>> ForeignAsync(MatrixWorld world, CancellationToken cancellationToken)
    {
        List<string> touched = [];
        var clients = world.Carto.AllClients().ToDictionary(client => client.Id, StringComparer.Ordinal);
        touched.AddRange(world.Bystanders
            .Where(before => clients[before.Id] is var now && (!now.IsLive || now.Name != before.Name))
            .Select(before => $"P3: the foreign client {before} was changed to {clients[before.Id]}"));
        if (!await world.IsBystanderUntouchedAsync(cancellationToken))
        {
            touched.Add("P3: the foreign Secret was changed");
        }

        return touched;
    }

    /// <summary>
    /// P1 and P3: accounts and what they name are kept as long as a resource uses them, and bear nothing of ours when none does. What was
    /// deleted is gone as soon as it may.
    /// </summary>
    private static async Task<IReadOnlyList<string>> KeptAsync(
        MatrixWorld world, IReadOnlyList<M2MOAuthClient> resources, IReadOnlyList<CartoAccount> accounts, CancellationToken cancellationToken)
    {
        List<string> broken = [];
        var used = resources.SelectMany(AccountsOf).ToHashSet(StringComparer.Ordinal);
        Note("account", accounts, account => used.Contains(account.Metadata.Name), needsLabel: false);
        var named = accounts.Where(account => used.Contains(account.Metadata.Name)).ToList();
        var logins = named.Select(account => account.Spec.Auth.ClientCredentials!.SecretRef.Name).ToHashSet(StringComparer.Ordinal);
        Note("Secret", await world.Secrets.ListAsync(world.Namespace, null, cancellationToken), secret => logins.Contains(secret.Metadata.Name), needsLabel: true);
        Note(
            "ConfigMap",
            await world.ConfigMaps.ListAsync(world.Namespace, null, cancellationToken),
            map => map.Metadata.Name == MatrixWorld.Authority && named.Count > 0,
            needsLabel: true);
        if (world.NamespaceGoes && await world.HasNamespaceAsync(cancellationToken))
        {
            broken.Add("P1: the namespace does not end");
        }

        return broken;

        void Note<T>(string kind, IEnumerable<T> objects, Func<T, bool> isUsed, bool needsLabel)
            where T : IKubernetesObject<V1ObjectMeta>
        {
            foreach (var one in objects)
            {
                var metadata = one.Metadata;
                var finalized = metadata.Finalizers?.Contains(WireNames.InUseFinalizer) == true;
                var labelled = metadata.Labels?.ContainsKey(WireNames.Labels.InUse) == true;
                if (isUsed(one) ? !finalized || labelled != needsLabel : finalized || labelled)
                {
                    broken.Add($"{(isUsed(one) ? "P1" : "P3")}: {kind} {metadata.Name} is {(isUsed(one) ? "" : "not ")}in use: finalizer {finalized}, label {labelled}");
                }

                if (metadata.DeletionTimestamp is not null && !isUsed(one))
                {
                    broken.Add($"P1: {kind} {metadata.Name} was deleted and does not go");
                }
            }
        }
    }

    private static IEnumerable<string> AccountsOf(M2MOAuthClient resource) =>
        ((string?[])
        [
            resource.Spec.AccountRef.Name,
            resource.Status?.Account?.Name,
            .. (resource.Status?.Retiring ?? []).Select(retiring => retiring.Account?.Name),
        ]).OfType<string>();

    /// <summary>P4: nothing that CARTO ever issued in what people read.</summary>
    private static async Task<IReadOnlyList<string>> LeaksAsync(MatrixWorld world, CancellationToken cancellationToken)
    {
        await world.Leaks.LookAtAsync(world.Server, world.Namespace, cancellationToken);
        return [.. world.Leaks.Found().Select(found => $"P4: {found}")];
    }

    /// <summary>P6: conditions are about the present generation, and what is not as it should be says why.</summary>
    private static IEnumerable<string> Conditions(IReadOnlyList<M2MOAuthClient> resources)
    {
        foreach (var resource in resources)
        {
            var name = resource.Metadata.Name;
            var status = resource.Status;
            if (status?.ObservedGeneration != resource.Metadata.Generation)
            {
                yield return $"P6: the status of {name} is about generation {status?.ObservedGeneration}, and there is {resource.Metadata.Generation}";
            }

            foreach (var type in (string[])[ConditionTypes.Ready, ConditionTypes.Synced])
            {
                var condition = ConditionSet.Find(status?.Conditions, type);
                if (condition is null or { Reason: null or "" } or { Status: not "True", Message: null or "" })
                {
                    yield return $"P6: {name} does not say whether it is {type}";
                }
                else if (condition.Status != "True" && !resource.Spec.Suspend)
                {
                    yield return $"P6: {name} is not {type}: {condition.Reason}: {condition.Message}";
                }
            }
        }
    }

    /// <summary>P6: what a person asked for, or what is due, has been acted upon.</summary>
    private static IEnumerable<string> Requests(IReadOnlyList<M2MOAuthClient> resources, DateTimeOffset now)
    {
        foreach (var resource in resources.Where(resource => resource.Metadata.DeletionTimestamp is null && !resource.Spec.Suspend))
        {
            if (resource.Metadata.Annotations?.TryGetValue(WireNames.Annotations.RotateRequestedAt, out var request) == true
                && request != resource.Status?.LastHandledRotateAt)
            {
                yield return $"P6: {resource.Metadata.Name} has not acted upon the request for a rotation";
            }

            if (resource.Status?.NextRotationTime <= now)
            {
                yield return $"P6: {resource.Metadata.Name} should have been rotated at {resource.Status.NextRotationTime:u}";
            }
        }
    }

    /// <summary>P6: accounts work, and have been compared where a person asked for it.</summary>
    private static IEnumerable<string> Accounts(IReadOnlyList<CartoAccount> accounts)
    {
        foreach (var account in accounts.Where(account => account.Metadata.DeletionTimestamp is null))
        {
            if (ConditionSet.Find(account.Status?.Conditions, ConditionTypes.Ready) is not { Status: "True" })
            {
                yield return $"P6: account {account.Metadata.Name} is not Ready";
            }

            if (account.Metadata.Annotations?.TryGetValue(WireNames.Annotations.ReconcileRequestedAt, out var request) == true
                && request != account.Status?.LastHandledReconcileAt)
            {
                yield return $"P6: account {account.Metadata.Name} has not been compared as somebody asked";
            }
        }
    }

    private static string? Text(V1Secret secret, string key) =>
        secret.Data is { } data && data.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value) : null;
}
