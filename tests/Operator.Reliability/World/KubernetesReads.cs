using k8s;
using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Reliability.World;

/// <summary>What people see in Kubernetes, and wait for.</summary>
internal static class KubernetesReads
{
    extension(MatrixWorld world)
    {
        public ObjectKey Key(string name) => new(world.Namespace, name);

        /// <summary>ID of the client that a resource has on record.</summary>
        public async Task<string> CurrentAsync(string name, CancellationToken cancellationToken) =>
            (await world.GetAsync(name, cancellationToken))!.Status!.Current!.ClientId;

        /// <summary>A resource, see <see cref="Lists.Read"/>; null when there is none.</summary>
        public async Task<M2MOAuthClient?> GetAsync(string name, CancellationToken cancellationToken) =>
            (await world.ListAsync(cancellationToken)).FirstOrDefault(resource => resource.Metadata.Name == name);

        /// <summary>All resources.</summary>
        public async Task<IReadOnlyList<M2MOAuthClient>> ListAsync(CancellationToken cancellationToken) =>
            await world.Server.ListAsync<M2MOAuthClient>(world.Namespace, M2MOAuthClient.Plural, cancellationToken);

        /// <summary>All Secrets by name.</summary>
        public async Task<IReadOnlyDictionary<string, V1Secret>> ListSecretsAsync(CancellationToken cancellationToken) =>
            (
                await world.Server.Client.CoreV1.ListNamespacedSecretAsync(world.Namespace, cancellationToken: cancellationToken)
            ).Items.ToDictionary(secret => secret.Metadata.Name, StringComparer.Ordinal);

        /// <summary>Waits until this life has connected all accounts, as they are now.</summary>
        public Task WaitForAccountsAsync(CancellationToken cancellationToken) =>
            Eventually.GetAsync(
                token => world.Server.ListAsync<CartoAccount>(world.Namespace, CartoAccount.Plural, token),
                accounts =>
                    accounts.All(account =>
                        account.Metadata.DeletionTimestamp is not null
                        || (
                            account.Status?.ObservedGeneration == account.Metadata.Generation
                            && ConditionSet.Find(account.Status?.Conditions, ConditionTypes.Ready) is { Status: "True" }
                        )
                    ),
                "the accounts to be ready",
                cancellationToken
            );

        /// <summary>Waits until the account says why it is ready or not.</summary>
        public Task WaitForAccountAsync(string reason, CancellationToken cancellationToken) =>
            Eventually.GetAsync(
                token => world.Accounts.GetAsync(world.Key(MatrixWorld.Account), token),
                account => ConditionSet.Find(account?.Status?.Conditions, ConditionTypes.Ready)?.Reason == reason,
                $"the account to be {reason}",
                cancellationToken
            );

        /// <summary>Waits until a resource is as wanted.</summary>
        public Task<M2MOAuthClient?> WaitAsync(
            string name,
            Func<M2MOAuthClient?, bool> wanted,
            string what,
            CancellationToken cancellationToken
        ) => Eventually.GetAsync(token => world.GetAsync(name, token), wanted, what, cancellationToken);
    }
}
