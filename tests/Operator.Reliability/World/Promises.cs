using System.Net.Http.Json;
using System.Text;
using Carto.Emulator;
using k8s;
using k8s.Models;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Reliability.World;

/// <summary>The promises of the design, checked on a world. Each broken one is a line that begins with its number.</summary>
internal static class Promises
{
    private static readonly HttpClient Http = new(
        new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator }
    );

    /// <summary>
    /// All promises that can be seen in a world that is quiet. Where the records alone show that it is not as it should be, the rest is not
    /// looked at.
    /// </summary>
    public static async Task<IReadOnlyList<string>> CheckAsync(MatrixWorld world, CancellationToken cancellationToken)
    {
        await world.Effects.Turn.WaitAsync(cancellationToken);
        try
        {
            return await LookAsync(world, cancellationToken);
        }
        finally
        {
            world.Effects.Turn.Release();
        }
    }

    private static async Task<IReadOnlyList<string>> LookAsync(MatrixWorld world, CancellationToken cancellationToken)
    {
        var resources = await world.ListAsync(cancellationToken);
        var secrets = await world.ListSecretsAsync(cancellationToken);
        var accounts = await world.Server.ListAsync<CartoAccount>(world.Namespace, CartoAccount.Plural, cancellationToken);
        List<State> states = [.. resources.Select(resource => StateOf(world, resource, secrets, accounts))];
        List<string> broken =
        [
            .. Clients(world, states),
            .. Retirements(states, world.Clock.GetUtcNow()),
            .. Names(world, states),
            .. Places(world, states),
            .. Conditions(states),
            .. Requests(states, world.Clock.GetUtcNow()),
            .. Accounts(accounts),
        ];
        if (broken.Count > 0)
        {
            return broken;
        }

        foreach (var state in states)
        {
            if (await PairAsync(world, state, cancellationToken) is { } pair)
            {
                broken.Add(pair);
            }
        }

        await foreach (var restart in RestartsAsync(world, resources, cancellationToken))
        {
            broken.Add(restart);
        }

        broken.AddRange(Foreign(world, secrets));
        broken.AddRange(Retained(world, resources, secrets));
        broken.AddRange(await KeptAsync(world, resources, accounts, cancellationToken));
        broken.AddRange(await LeaksAsync(world, cancellationToken));
        return broken;
    }

    /// <summary>P6: accounts that a person wants compared, whose list cannot be read, and that do not say so.</summary>
    public static async Task<IReadOnlyList<string>> SilentAccountsAsync(MatrixWorld world, Lie lie, CancellationToken cancellationToken) =>
        [
            .. (await world.Server.ListAsync<CartoAccount>(world.Namespace, CartoAccount.Plural, cancellationToken))
                .Where(account =>
                    account.Metadata.Annotations?.ContainsKey(WireNames.Annotations.ReconcileRequestedAt) == true
                    && account.Status?.Conditions?.All(condition => condition.Status == "True") != false
                )
                .Select(account => $"P6: the account {account.Metadata.Name} does not say that its list cannot be read ({lie})"),
        ];

    private static State StateOf(
        MatrixWorld world,
        M2MOAuthClient resource,
        IReadOnlyDictionary<string, V1Secret> secrets,
        IReadOnlyList<CartoAccount> accounts
    )
    {
        var secret = secrets.GetValueOrDefault(CredentialsSecrets.NameOf(resource));
        return new State(resource, secret) { Hold = HoldOf(world, resource, secret, accounts) };
    }

    private static Hold HoldOf(MatrixWorld world, M2MOAuthClient resource, V1Secret? secret, IReadOnlyList<CartoAccount> accounts)
    {
        if (resource.Status?.Current is { } current && IsUnmarked(world, current.ClientId))
        {
            return Hold.Unmarked;
        }

        if (resource.Metadata.DeletionTimestamp is not null)
        {
            return Hold.None;
        }

        if (resource.Spec.Suspend)
        {
            return Hold.Suspended;
        }

        if (
            CredentialsSecrets.ViewOf(secret?.Metadata, resource) is SecretView.Foreign
            && secret!.Metadata.OwnerReferences?.Any(owner => owner.Controller == true) != true
        )
        {
            return Hold.SecretConflict;
        }

        if (IsAdoptionRefused(world, resource))
        {
            return Hold.AdoptionRefused;
        }

        if (IsGuarded(world, resource, accounts))
        {
            return Hold.Guarded;
        }

        return secret is { Immutable: true } ? Hold.Frozen : Hold.None;
    }

    /// <summary>A person took the mark off a client, which is then nothing that the operator may change.</summary>
    private static bool IsUnmarked(MatrixWorld world, string clientId) =>
        world.ByHand.Unmarked.ContainsKey(clientId)
        && world.Carto.AllClients().Any(client => client.Id == clientId && client.IsLive && Mark.Read(client.Name) is null);

    /// <summary>A wish for a client that is an account's login, or that bears the mark of another owner.</summary>
    private static bool IsAdoptionRefused(MatrixWorld world, M2MOAuthClient resource)
    {
        if (resource.Spec.ClientId is not { } wanted)
        {
            return false;
        }

        var own = OwnerOf(resource.Metadata.Uid);
        var clients = world.Carto.AllClients();
        var client = clients.FirstOrDefault(client => client.Id == wanted);
        var isOthers = client is null || IsBystander(world, wanted) || (Mark.Read(client.Name) is { } mark && mark.Owner != own);
        return isOthers && !clients.Any(client => client.IsLive && Mark.Read(client.Name)?.Owner == own);
    }

    /// <summary>Too many clients of the account are missing for any to be replaced before a person agrees.</summary>
    private static bool IsGuarded(MatrixWorld world, M2MOAuthClient resource, IReadOnlyList<CartoAccount> accounts) =>
        resource.Status?.Current is { } current
        && world.Pairs.IsDeleted(current.ClientId)
        && accounts.FirstOrDefault(account => account.Metadata.Name == resource.Spec.AccountRef.Name) is { } account
        && IsMassDrift(account);

    private static bool IsMassDrift(CartoAccount account) =>
        account.Status?.Conditions?.Any(condition => condition.Reason == Reasons.MassDriftSuspected) == true;

    private static bool IsBystander(MatrixWorld world, string clientId) => world.Bystanders.Any(client => client.Id == clientId);

    /// <summary>P1: one live client for each resource, those that it says are retiring, and no other.</summary>
    private static IEnumerable<string> Clients(MatrixWorld world, IReadOnlyList<State> states)
    {
        var bystanders = world.Bystanders.Select(client => client.Id).ToHashSet(StringComparer.Ordinal);
        var live = world
            .Carto.AllClients()
            .Where(client => client.IsLive && !client.IsAccountCredential && !bystanders.Contains(client.Id))
            .ToList();
        Dictionary<string, string> recorded = new(StringComparer.Ordinal);
        foreach (var state in states)
        {
            var name = state.Resource.Metadata.Name;
            var status = state.Resource.Status;
            if (state.IsHeld && world.Meddling.Forged.Contains(state.Resource.Metadata.Uid))
            {
                // What a person wrote there stays until the operator may do something.
                continue;
            }

            string?[] ids = [status?.Current?.ClientId, .. status?.Retiring?.Select(retiring => retiring.ClientId) ?? []];
            foreach (var id in ids.OfType<string>())
            {
                if (!recorded.TryAdd(id, name))
                {
                    yield return $"P1: {recorded[id]} and {name} both record the client {id}";
                }

                // That a replaced client was deleted by a person is found when its time comes, and so it is that one, which a person had on
                // record,
                // is foreign: it is dropped from the record then, and not touched.
                if (
                    !live.Exists(client => client.Id == id)
                    && !(bystanders.Contains(id) && id != status?.Current?.ClientId)
                    && !((state.IsHeld || id != status?.Current?.ClientId) && world.Pairs.IsDeleted(id))
                )
                {
                    yield return $"P1: {name} records the client {id}, which does not live";
                }
            }

            if (status?.Current is null && !state.IsHeld)
            {
                yield return $"P1: {name} has no client";
            }

            if (status?.Pending is { } pending && !state.IsHeld)
            {
                yield return $"P1: {name} still has client number {pending.Serial} pending";
            }

            if (!state.IsHeld && state.Resource.Metadata.Finalizers?.Contains(WireNames.Finalizer) != true)
            {
                yield return $"P1: {name} has a client and no finalizer";
            }
        }

        var there = states.ToDictionary(state => OwnerOf(state.Resource.Metadata.Uid), StringComparer.Ordinal);
        var left = world.Left.ToDictionary(left => OwnerOf(left.Key), left => left.Value, StringComparer.Ordinal);
        var forgotten = world
            .GoneAtOnce.Where(gone => gone.Value < world.Lives.Count)
            .Select(gone => OwnerOf(gone.Key))
            .ToHashSet(StringComparer.Ordinal);
        Dictionary<string, int> unrecorded = new(StringComparer.Ordinal);
        foreach (
            var client in live.Where(client =>
                !recorded.ContainsKey(client.Id) && !world.ByHand.IsUnclaimed(client) && !IsUnmarked(world, client.Id)
            )
        )
        {
            var owner = Mark.Read(client.Name)?.Owner ?? "";
            if (there.TryGetValue(owner, out var state))
            {
                // A Secret that cannot be written may keep one client waiting, and not one after the other.
                var isOne = (unrecorded[owner] = unrecorded.GetValueOrDefault(owner) + 1) == 1;
                if (!state.IsHeld || (state.Hold == Hold.Frozen && !isOne))
                {
                    yield return $"P1: {state.Resource.Metadata.Name} does not record the live client {client}";
                }
            }
            else if (forgotten.Contains(owner))
            {
                // The one known gap, see docs/reliability.md.
            }
            else if (!left.TryGetValue(owner, out var count))
            {
                yield return $"P1: nobody records the live client {client}";
            }
            else if (count == 0)
            {
                yield return $"P1: more clients were left behind than were asked for, {client} among them";
            }
            else
            {
                left[owner] = count - 1;
            }
        }
    }

    /// <summary>P1: what was replaced goes when its time is over.</summary>
    private static IEnumerable<string> Retirements(IReadOnlyList<State> states, DateTimeOffset now) =>
        from state in states
        where !state.IsHeld
        from retiring in state.Resource.Status?.Retiring ?? []
        where retiring.RevokeAfter < now
        select $"P1: {state.Resource.Metadata.Name} still has {retiring.ClientId} retire, which was to go at {retiring.RevokeAfter:u}; "
            + $"now it is {now:u}";

    /// <summary>P6: clients live where their resources say.</summary>
    private static IEnumerable<string> Places(MatrixWorld world, IReadOnlyList<State> states) =>
        from state in states
        let current = state.Resource.Status?.Current
        where current is not null && !state.IsHeld
        let account = state.Resource.Spec.AccountRef.Name
        let client = world.Carto.AllClients().FirstOrDefault(client => client.Id == current.ClientId)
        where client is not null && client.UserId != world.Users[account].UserId
        select $"P6: the client {current.ClientId} of {state.Resource.Metadata.Name} is not in the account {account}";

    /// <summary>P6: clients are called as their resources say.</summary>
    private static IEnumerable<string> Names(MatrixWorld world, IReadOnlyList<State> states) =>
        from state in states
        let current = state.Resource.Status?.Current
        where current is not null && !state.IsHeld
        let wanted = ClientName.Of(state.Resource, MatrixWorld.Cluster, AccountAccess.DefaultMaxNameLength).For(current.Serial)
        let client = world.Carto.AllClients().FirstOrDefault(client => client.Id == current.ClientId)
        where client is not null && client.Name != wanted
        select $"P6: the client of {state.Resource.Metadata.Name} is called {client.Name} and not {wanted}";

    /// <summary>P2 in a quiet world, by buying a token.</summary>
    private static async Task<string?> PairAsync(MatrixWorld world, State state, CancellationToken cancellationToken)
    {
        var resource = state.Resource;
        if (resource.Metadata.DeletionTimestamp is not null)
        {
            return null;
        }

        var isReady = ConditionSet.Find(resource.Status?.Conditions, ConditionTypes.Ready) is { Status: "True" };
        var (client, problem) = PairWatch.Read(world, resource, state.Secret);
        if (problem is not null)
        {
            return isReady ? $"{problem}, and {resource.Metadata.Name} says that it is Ready"
                : resource.Status?.Current is null
                || (state.IsHeld && (world.Pairs.IsBroken(resource) || state.Hold is Hold.Guarded or Hold.AdoptionRefused))
                    ? null
                : problem;
        }

        if (!isReady && state.Hold == Hold.Frozen && client!.Id == resource.Status?.Current?.ClientId)
        {
            return $"P6: {resource.Metadata.Name} says that it is not Ready, and its Secret holds a pair that works";
        }

        if (resource.Status?.Current is null)
        {
            return null;
        }

        if (client!.Id != resource.Status.Current.ClientId && !state.IsHeld)
        {
            return $"P2: the Secret of {resource.Metadata.Name} names {client.Id}, and its status {resource.Status.Current.ClientId}";
        }

        if (!state.IsHeld && !IsAsWanted(world, resource, state.Secret!, client))
        {
            return $"P6: the Secret {state.Secret!.Metadata.Name} is not as {resource.Metadata.Name} wants it";
        }

        return await ObtainsTokenAsync(world, client, cancellationToken)
            ? null
            : $"P2: no token can be had with the pair of {resource.Metadata.Name}";
    }

    private static bool IsAsWanted(MatrixWorld world, M2MOAuthClient resource, V1Secret secret, EmulatorClient client) =>
        CredentialsSecrets.IsAsWanted(
            secret,
            resource,
            new Pair(
                client.Id,
                resource.Status!.Current!.Serial,
                new Sensitive(client.Secret),
                client.Name,
                client.CreatedAt,
                PairOrigin.Created
            ),
            new Endpoints(world.ApiBaseUrl, world.Carto.TokenUrl.ToString(), world.Carto.Audience),
            new SecretRenderings()
        );

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
            cancellationToken
        );
        return answer.IsSuccessStatusCode;
    }

    /// <summary>P5 and P6: workloads are restarted once for each change of the pair. A new generation is a rollout.</summary>
    private static async IAsyncEnumerable<string> RestartsAsync(
        MatrixWorld world,
        IReadOnlyList<M2MOAuthClient> resources,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var name in world.Workloads.Names)
        {
            var current = resources.First(resource => resource.Metadata.Name == name).Status?.Current?.ClientId;
            var changes = world.Workloads.PairsIn(name).Count - 1;
            var workload = await world.Server.Client.AppsV1.ReadNamespacedDeploymentAsync(
                name,
                world.Namespace,
                cancellationToken: cancellationToken
            );
            if (workload.Metadata.Generation - 1 is var restarts && restarts > changes)
            {
                yield return $"P5: the Deployment {name} was restarted {restarts} times for {changes} changes of the pair";
            }

            if (changes > 0 && workload.Spec.Template.Metadata.Annotations.Find(WireNames.Annotations.ClientId) != current)
            {
                yield return $"P6: the Deployment {name} was not restarted for the pair of {current}";
            }
        }
    }

    /// <summary>P3: foreign Secrets and clients are as they were.</summary>
    public static IEnumerable<string> Foreign(MatrixWorld world, IReadOnlyDictionary<string, V1Secret> secrets)
    {
        var clients = world.Carto.AllClients().ToDictionary(client => client.Id, StringComparer.Ordinal);
        foreach (var before in world.Bystanders)
        {
            if (clients[before.Id] is var now && (!now.IsLive || now.Name != before.Name))
            {
                yield return $"P3: the foreign client {before} was {(now.IsLive ? $"renamed to {now.Name}" : "revoked")}";
            }
        }

        foreach (var secret in secrets.Values.Where(secret => !world.Logins.Secrets.Contains(secret.Metadata.Name)))
        {
            foreach (var client in world.Bystanders.Where(client => Holds(secret, client)))
            {
                yield return $"P3: the Secret {secret.Metadata.Name} holds the secret of the foreign client {client}";
            }
        }

        foreach (var (name, version) in world.ForeignSecrets)
        {
            if (!world.NamespaceGoes && secrets.GetValueOrDefault(name)?.Metadata.ResourceVersion != version)
            {
                yield return $"P3: the foreign Secret {name} was changed";
            }
        }
    }

    private static bool Holds(V1Secret secret, EmulatorClient client) =>
        secret.Data?.Values.Any(value => value.AsSpan().IndexOf(Encoding.UTF8.GetBytes(client.Secret)) >= 0) == true;

    /// <summary>P2: what a resource leaves with its client when it goes is a Secret that works.</summary>
    private static IEnumerable<string> Retained(
        MatrixWorld world,
        IReadOnlyList<M2MOAuthClient> resources,
        IReadOnlyDictionary<string, V1Secret> secrets
    )
    {
        if (world.NamespaceGoes)
        {
            yield break;
        }

        foreach (var (resource, secret, client) in world.Meddling.Retained)
        {
            if (resources.Any(one => one.Metadata.Uid == resource.Metadata.Uid) || world.Pairs.IsDeleted(client.Id))
            {
                continue;
            }

            var name = resource.Metadata.Name;
            if (PairWatch.Read(world, resource, secrets.GetValueOrDefault(secret)) is { Problem: { } problem })
            {
                yield return $"{problem}, which {name} was to leave as it is";
            }
        }
    }

    /// <summary>
    /// P1 and P3: accounts and what they name are kept as long as a resource uses them, and bear nothing of ours when none does. What was
    /// deleted is gone as soon as it may.
    /// </summary>
    private static async Task<IReadOnlyList<string>> KeptAsync(
        MatrixWorld world,
        IReadOnlyList<M2MOAuthClient> resources,
        IReadOnlyList<CartoAccount> accounts,
        CancellationToken cancellationToken
    )
    {
        List<string> broken = [];
        var used = resources.SelectMany(AccountsOf).ToHashSet(StringComparer.Ordinal);
        Note("account", accounts, account => used.Contains(account.Metadata.Name), needsLabel: false);
        var named = accounts.Where(account => used.Contains(account.Metadata.Name)).ToList();
        var logins = named.Select(account => account.Spec.Auth.ClientCredentials!.SecretRef.Name).ToHashSet(StringComparer.Ordinal);
        Note(
            "Secret",
            await world.Secrets.ListAsync(world.Namespace, null, cancellationToken),
            secret => logins.Contains(secret.Metadata.Name),
            needsLabel: true
        );
        Note(
            "ConfigMap",
            await world.ConfigMaps.ListAsync(world.Namespace, null, cancellationToken),
            map => map.Metadata.Name == MatrixWorld.Authority && named.Count > 0,
            needsLabel: true
        );
        if (world.NamespaceGoes && await world.NamespaceIsHeldAsync(cancellationToken))
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
                    broken.Add(
                        $"{(isUsed(one) ? "P1" : "P3")}: {kind} {metadata.Name} is {(isUsed(one) ? "" : "not ")}in use: finalizer "
                            + "{finalized}, label {labelled}"
                    );
                }

                if (metadata.DeletionTimestamp is not null && !isUsed(one))
                {
                    broken.Add($"P1: {kind} {metadata.Name} was deleted and does not go");
                }
            }
        }
    }

    private static IEnumerable<string> AccountsOf(M2MOAuthClient resource) =>
        (
            (string?[])
                [
                    resource.Spec.AccountRef.Name,
                    resource.Status?.Account?.Name,
                    .. (resource.Status?.Retiring ?? []).Select(retiring => retiring.Account?.Name),
                ]
        ).OfType<string>();

    /// <summary>P4: nothing that CARTO ever issued in what people read.</summary>
    private static async Task<IReadOnlyList<string>> LeaksAsync(MatrixWorld world, CancellationToken cancellationToken)
    {
        await world.Leaks.SearchAsync(world.Server, world.Namespace, cancellationToken);
        return [.. world.Leaks.Found().Select(found => $"P4: {found}")];
    }

    /// <summary>P6: conditions are about the present generation, and what is not as it should be says why.</summary>
    private static IEnumerable<string> Conditions(IReadOnlyList<State> states)
    {
        foreach (var state in states)
        {
            var resource = state.Resource;
            var name = resource.Metadata.Name;
            var status = resource.Status;
            if (status?.ObservedGeneration != resource.Metadata.Generation)
            {
                yield return $"P6: the status of {name} is about generation {status?.ObservedGeneration}, and there is "
                    + $"{resource.Metadata.Generation}";
            }

            foreach (var type in (string[])[ConditionTypes.Ready, ConditionTypes.Synced])
            {
                var condition = ConditionSet.Find(status?.Conditions, type);
                if (condition is null or { Reason: null or "" } or { Status: not "True", Message: null or "" })
                {
                    yield return $"P6: {name} does not say whether it is {type}";
                }
                else if (condition.Status != "True" && !state.IsHeld)
                {
                    yield return $"P6: {name} is not {type}: {condition.Reason}: {condition.Message}";
                }
                else if (state.IsHeld && !SaysWhatHolds(state.Hold, condition))
                {
                    yield return $"P6: {name} does not say what holds it up ({state.Hold}): {condition.Type} {condition.Status}: "
                        + $"{condition.Reason}: {condition.Message}";
                }
            }
        }
    }

    /// <summary>Whether a condition fits what holds a resource up.</summary>
    private static bool SaysWhatHolds(Hold hold, V1Condition condition) =>
        (hold, condition.Type) switch
        {
            (Hold.Suspended, ConditionTypes.Synced) => condition.Reason == Reasons.Suspended,
            (Hold.SecretConflict, ConditionTypes.Synced) => condition.Reason == Reasons.SecretConflict,
            (Hold.AdoptionRefused, _) or (Hold.Guarded, _) or (Hold.Unmarked, ConditionTypes.Synced) => condition.Status != "True",
            _ => true,
        };

    /// <summary>P6: what a person asked for, or what is due, has been acted upon.</summary>
    private static IEnumerable<string> Requests(IReadOnlyList<State> states, DateTimeOffset now)
    {
        foreach (
            var resource in states
                .Where(state => !state.IsHeld)
                .Select(state => state.Resource)
                .Where(resource => resource.Metadata.DeletionTimestamp is null)
        )
        {
            if (
                resource.Metadata.Annotations.Find(WireNames.Annotations.RotateRequestedAt) is { } request
                && request != resource.Status?.LastHandledRotateAt
            )
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
            if (ConditionSet.Find(account.Status?.Conditions, ConditionTypes.Ready) is not { Status: "True" } && !IsMassDrift(account))
            {
                yield return $"P6: account {account.Metadata.Name} is not Ready";
            }

            if (
                account.Metadata.Annotations.Find(WireNames.Annotations.ReconcileRequestedAt) is { } request
                && request != account.Status?.LastHandledReconcileAt
            )
            {
                yield return $"P6: account {account.Metadata.Name} has not been compared as a person asked";
            }
        }
    }

    private static string OwnerOf(string uid) => Mark.For(MatrixWorld.Cluster, uid, serial: 0).Owner;

    /// <summary>A resource, its Secret, and what may keep it from being as its spec says.</summary>
    private sealed record State(M2MOAuthClient Resource, V1Secret? Secret)
    {
        /// <summary>What holds the resource up.</summary>
        public Hold Hold { get; init; }

        /// <summary>The operator cannot, or may not, bring it to what its spec says.</summary>
        public bool IsHeld => Hold != Hold.None;
    }

    /// <summary>Why a resource need not be as its spec says.</summary>
    private enum Hold
    {
        None,

        /// <summary>A person suspended it.</summary>
        Suspended,

        /// <summary>A Secret of others is in its way.</summary>
        SecretConflict,

        /// <summary>It wants a client that it must not have.</summary>
        AdoptionRefused,

        /// <summary>Its client is missing, with too many others.</summary>
        Guarded,

        /// <summary>A person took the mark off its client.</summary>
        Unmarked,

        /// <summary>Its Secret cannot be changed.</summary>
        Frozen,
    }
}
