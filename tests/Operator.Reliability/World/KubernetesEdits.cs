using System.Text;
using Carto.Emulator;
using k8s;
using k8s.Models;
using Operator.Contracts;

namespace Operator.Reliability.World;

/// <summary>What people do to objects in Kubernetes.</summary>
internal static class KubernetesEdits
{
    extension(MatrixWorld world)
    {
        /// <summary>Creates a resource.</summary>
        public async Task<M2MOAuthClient> CreateAsync(string name, M2MOAuthClientSpec spec, CancellationToken cancellationToken) =>
            await world.Clients.CreateAsync(
                new M2MOAuthClient
                {
                    Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = world.Namespace },
                    Spec = spec with
                    {
                        AccountRef = new AccountReference { Kind = AccountKind.CartoAccount, Name = MatrixWorld.Account },
                    },
                },
                cancellationToken
            );

        /// <summary>
        /// Creates a resource that adopts a client, whose secret is, or will be, where <see cref="GiveSecretAsync"/> puts it.
        /// </summary>
        public Task AdoptAsync(string name, EmulatorClient client, DeletionPolicy policy, CancellationToken cancellationToken) =>
            world.CreateAsync(
                name,
                new M2MOAuthClientSpec
                {
                    ClientId = client.Id,
                    ClientSecretRef = new ClientSecretReference { Name = GivenFor(client) },
                    DeletionPolicy = policy,
                },
                cancellationToken
            );

        /// <summary>Writes down the secret of a client that is to be adopted.</summary>
        public Task GiveSecretAsync(EmulatorClient client, CancellationToken cancellationToken) =>
            world.Secrets.CreateAsync(
                new V1Secret
                {
                    Metadata = new V1ObjectMeta { Name = GivenFor(client), NamespaceProperty = world.Namespace },
                    StringData = new Dictionary<string, string> { [WireNames.SecretKeys.ClientSecret] = client.Secret },
                },
                cancellationToken
            );

        /// <summary>Has the pair of a resource replaced.</summary>
        public Task RequestRotationAsync(string name, CancellationToken cancellationToken) =>
            world.EditAsync(
                name,
                """{"metadata":{"annotations":{"credentials.carto.com/rotate-requested-at":"now"}}}""",
                cancellationToken
            );

        /// <summary>Has the account's clients compared with CARTO's list.</summary>
        public Task RequestComparisonAsync(CancellationToken cancellationToken) =>
            world.EditAccountAsync(
                MatrixWorld.Account,
                """{"metadata":{"annotations":{"credentials.carto.com/reconcile-requested-at":"now"}}}""",
                cancellationToken
            );

        /// <summary>Edits a resource with a merge patch.</summary>
        public Task EditAsync(string name, string patch, CancellationToken cancellationToken) =>
            world.Server.Client.CustomObjects.PatchNamespacedCustomObjectAsync(
                new V1Patch(patch, V1Patch.PatchType.MergePatch),
                WireNames.Group,
                WireNames.Version,
                world.Namespace,
                M2MOAuthClient.Plural,
                name,
                cancellationToken: cancellationToken
            );

        /// <summary>Asks for the deletion of a resource.</summary>
        public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
            world.Clients.DeleteAsync(world.Key(name), uid: null, cancellationToken);

        /// <summary>Edits an account with a merge patch.</summary>
        public Task EditAccountAsync(string name, string patch, CancellationToken cancellationToken) =>
            world.Accounts.PatchAsync(world.Key(name), Encoding.UTF8.GetBytes(patch), subresource: null, cancellationToken);

        /// <summary>Asks for the deletion of an account.</summary>
        public Task DeleteAccountAsync(string name, CancellationToken cancellationToken) =>
            world.Accounts.DeleteAsync(world.Key(name), uid: null, cancellationToken);

        /// <summary>Edits a Secret with a merge patch.</summary>
        public Task EditSecretAsync(string name, string patch, CancellationToken cancellationToken) =>
            world.Secrets.PatchAsync(world.Key(name), Encoding.UTF8.GetBytes(patch), subresource: null, cancellationToken);

        /// <summary>Deletes a Secret.</summary>
        public Task DeleteSecretAsync(string name, CancellationToken cancellationToken) =>
            world.Secrets.DeleteAsync(world.Key(name), uid: null, cancellationToken);
    }

    private static string GivenFor(EmulatorClient client) => $"by-hand-{client.Id.ToLowerInvariant()}";
}
