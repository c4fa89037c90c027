using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Secrets;

/// <summary>
/// Finds the resources of Secrets that outlive them, which have no owner reference to lead there. Made once, before anything runs.
/// </summary>
internal sealed class UnownedSecrets
{
    private const string BySecret = "unowned-secret";

    private readonly Store<M2MOAuthClient> _resources;

    public UnownedSecrets(Store<M2MOAuthClient> resources)
    {
        _resources = resources;
        _resources.AddIndex(BySecret, SecretsOf);
    }

    /// <summary>The resources that a change of a Secret by other hands concerns.</summary>
    public IEnumerable<ObjectKey> Concerned(Change<MetadataOf<V1Secret>> change) =>
        change.IsOwn ? [] : _resources.ByIndex(BySecret, change.Key.ToString()).Select(ObjectKey.Of);

    private static IEnumerable<string> SecretsOf(M2MOAuthClient resource) => resource.IsRetained()
        ? [new ObjectKey(resource.Metadata.NamespaceProperty, CredentialsSecrets.NameOf(resource)).ToString()]
        : [];
}
