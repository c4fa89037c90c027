using k8s.Models;
using Operator.Access;
using Operator.Contracts;

namespace Operator.Secrets;

/// <summary>A Secret that was read from the API server, or written there. Deliberately no record: it must not print.</summary>
/// <param name="secret">The Secret with its data.</param>
/// <param name="resource">The resource that it is, or should be, the Secret of.</param>
/// <param name="secrets">Knows who wrote what.</param>
internal sealed class StoredSecret(V1Secret secret, M2MOAuthClient resource, CredentialsSecrets secrets) : IStoredSecret
{
    /// <inheritdoc />
    public SecretView View { get; } = CredentialsSecrets.ViewOf(secret.Metadata, resource);

    /// <inheritdoc />
    public string? HandledRotation => CredentialsSecrets.HandledRotationOf(secret);

    /// <inheritdoc />
    public bool IsPairFromOthers => secrets.IsPairFromOthers(secret, resource.Spec.Secret);

    /// <inheritdoc />
    public Pair? PairOf(ClientRecord? current) => CredentialsSecrets.PairIn(secret, resource, current);

    /// <inheritdoc />
    public bool IsAsWanted(Pair pair, Endpoints endpoints) => CredentialsSecrets.IsAsWanted(secret, resource, pair, endpoints);
}
