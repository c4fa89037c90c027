using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Secrets;

/// <summary>Finds the resources of Secrets that outlive them and so have no owner reference. Created once at startup.</summary>
internal sealed class UnownedSecrets
{
    private const string BySecret = "unowned-secret";

    private readonly Store<M2MOAuthClient> _resources;

    public UnownedSecrets(Store<M2MOAuthClient> resources)
    {
        _resources = resources;
        _resources.AddIndex(BySecret, SecretsOf);
    }

    /// <summary>The resources affected when another writer changes a Secret.</summary>
    public IEnumerable<ObjectKey> Concerned(Change<MetadataOf<V1Secret>> change) =>
        change.IsOwn ? [] : _resources.ByIndex(BySecret, change.Key.ToString()).Select(ObjectKey.Of);

    private static IEnumerable<string> SecretsOf(M2MOAuthClient resource) =>
        resource.IsRetained() ? [new ObjectKey(resource.Metadata.NamespaceProperty, CredentialsSecrets.NameOf(resource)).ToString()] : [];
}
