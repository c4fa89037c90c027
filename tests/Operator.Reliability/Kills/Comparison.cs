using System.Net.Http.Json;
using System.Text;
using Carto.Emulator;
using k8s.Models;
using Operator.Access;
using Operator.Contracts;

namespace Operator.Reliability.Kills;

/// <summary>CARTO's clients and the cluster's Secrets, compared one by one. Each difference is a line.</summary>
/// <param name="world">Where.</param>
internal sealed class Comparison(KillsWorld world)
{
    /// <summary>How late a replaced client may be revoked.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(10);

    /// <summary>What is not as it should be once the operator is quiet.</summary>
    public async Task<IReadOnlyList<string>> CompareAsync(CancellationToken cancellationToken)
    {
        var resources = await world.ListAsync(cancellationToken);
        var secrets = (await world.Secrets.ListAsync(world.Namespace, labelSelector: null, cancellationToken)).ToDictionary(
            secret => secret.Metadata.Name,
            StringComparer.Ordinal
        );
        var clients = world.Carto.AllClients();
        var differences = new List<string>();
        foreach (var resource in resources)
        {
            differences.AddRange(Resource(resource, clients, secrets.GetValueOrDefault(resource.Metadata.Name)));
        }

        differences.AddRange(Clients(resources, clients));
        differences.AddRange(Leftovers(resources, secrets.Values));
        foreach (var before in world.Bystanders)
        {
            if (clients.First(client => client.Id == before.Id) is var now && (!now.IsLive || now.Name != before.Name))
            {
                differences.Add($"P3: the foreign client {before} was changed to {now}");
            }
        }

        if (!await world.IsBystanderUntouchedAsync(cancellationToken))
        {
            differences.Add("P3: the foreign Secret was changed");
        }

        return differences.Count > 0 ? differences : await TokensAsync(secrets.Values, cancellationToken);
    }

    /// <summary>One resource says that all is well, and it is: one client in the right account, and its pair in the Secret.</summary>
    private IEnumerable<string> Resource(M2MOAuthClient resource, IReadOnlyList<EmulatorClient> clients, V1Secret? secret)
    {
        var name = resource.Metadata.Name;
        var status = resource.Status;
        if (resource.Metadata.DeletionTimestamp is not null)
        {
            yield return $"P6: {name} is still being deleted: {Says(resource, ConditionTypes.Synced)}";
            yield break;
        }

        if (
            status?.ObservedGeneration != resource.Metadata.Generation
            || ConditionSet.Find(status?.Conditions, ConditionTypes.Ready) is not { Status: "True" }
            || ConditionSet.Find(status?.Conditions, ConditionTypes.Synced) is not { Status: "True" }
        )
        {
            yield return $"P6: {name} is not as its spec says: Ready {Says(resource, ConditionTypes.Ready)}; Synced "
                + $"{Says(resource, ConditionTypes.Synced)}";
        }

        if (status is not { Current: { } current, Pending: null })
        {
            yield return $"P1: {name} has no client, or another one pending";
            yield break;
        }

        if (clients.FirstOrDefault(client => client.Id == current.ClientId) is not { IsLive: true } client)
        {
            yield return $"P1: {name} records the client {current.ClientId}, which does not live";
            yield break;
        }

        var wanted = ClientName.Of(resource, KillsWorld.Cluster, AccountAccess.DefaultMaxNameLength).For(current.Serial);
        if (client.Name != wanted)
        {
            yield return $"P6: the client of {name} is called {client.Name} and not {wanted}";
        }

        if (client.UserId != world.Users[resource.Spec.AccountRef.Name].UserId)
        {
            yield return $"P6: the client of {name} is not in the account {resource.Spec.AccountRef.Name}";
        }

        if (secret?.Metadata.OwnerReferences?.Any(owner => owner.Uid == resource.Metadata.Uid) != true)
        {
            yield return $"P2: {name} has no Secret";
        }
        else if (
            Text(secret, WireNames.SecretKeys.ClientId) != client.Id
            || Text(secret, WireNames.SecretKeys.ClientSecret) != client.Secret
        )
        {
            yield return $"P2: the Secret of {name} does not hold the pair of {client}";
        }
    }

    /// <summary>Each live client is on exactly one record, and nothing retires for longer than it should.</summary>
    private IEnumerable<string> Clients(IReadOnlyList<M2MOAuthClient> resources, IReadOnlyList<EmulatorClient> clients)
    {
        var bystanders = world.Bystanders.Select(client => client.Id).ToHashSet(StringComparer.Ordinal);
        var live = clients
            .Where(client => client.IsLive && !client.IsAccountCredential && !bystanders.Contains(client.Id))
            .ToDictionary(client => client.Id, StringComparer.Ordinal);
        var recorded = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var resource in resources)
        {
            var status = resource.Status;
            foreach (var retiring in status?.Retiring ?? [])
            {
                if (!live.ContainsKey(retiring.ClientId))
                {
                    yield return $"P1: {resource.Metadata.Name} says that {retiring.ClientId} retires, and it does not live";
                }

                if (retiring.RevokeAfter + Late < TimeProvider.System.GetUtcNow())
                {
                    yield return $"P1: {resource.Metadata.Name} has {retiring.ClientId} retire since {retiring.RevokeAfter:u}";
                }
            }

            string?[] ids = [status?.Current?.ClientId, .. status?.Retiring?.Select(retiring => retiring.ClientId) ?? []];
            foreach (var id in ids.OfType<string>())
            {
                if (!recorded.TryAdd(id, resource.Metadata.Name))
                {
                    yield return $"P1: {recorded[id]} and {resource.Metadata.Name} both record the client {id}";
                }
            }
        }

        foreach (var client in live.Values.Where(client => !recorded.ContainsKey(client.Id)))
        {
            var owner = Mark.Read(client.Name)?.Owner;
            var resource = resources.FirstOrDefault(resource => Mark.OwnerOf(resource.Metadata.Uid) == owner);
            yield return $"P1: nobody records the live client {client}, which is of {resource?.Metadata.Name ?? "a resource that is gone"}";
        }
    }

    private static IEnumerable<string> Leftovers(IReadOnlyList<M2MOAuthClient> resources, IEnumerable<V1Secret> secrets)
    {
        var uids = resources.Select(resource => resource.Metadata.Uid).ToHashSet(StringComparer.Ordinal);
        return from secret in secrets
            from owner in secret.Metadata.OwnerReferences ?? []
            where !uids.Contains(owner.Uid)
            select $"P1: the Secret {secret.Metadata.Name} is of a resource that is gone";
    }

    private async Task<IReadOnlyList<string>> TokensAsync(IEnumerable<V1Secret> secrets, CancellationToken cancellationToken)
    {
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
        };
        using var http = new HttpClient(handler);
        var differences = new List<string>();
        foreach (var secret in secrets.Where(secret => secret.Metadata.OwnerReferences is [_, ..]))
        {
            using var answer = await http.PostAsJsonAsync(
                world.Carto.TokenUrl,
                new Dictionary<string, string?>
                {
                    ["grant_type"] = "client_credentials",
                    ["client_id"] = Text(secret, WireNames.SecretKeys.ClientId),
                    ["client_secret"] = Text(secret, WireNames.SecretKeys.ClientSecret),
                    ["audience"] = Text(secret, WireNames.SecretKeys.Audience),
                },
                cancellationToken
            );
            if (!answer.IsSuccessStatusCode)
            {
                differences.Add($"P2: no token for the pair in the Secret {secret.Metadata.Name}: {(int)answer.StatusCode}");
            }
        }

        return differences;
    }

    private static string Says(M2MOAuthClient resource, string type) =>
        ConditionSet.Find(resource.Status?.Conditions, type) is { } condition
            ? $"{condition.Status}, {condition.Reason}: {condition.Message}"
            : "says nothing";

    private static string? Text(V1Secret secret, string key) =>
        secret.Data is { } data && data.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value) : null;
}
