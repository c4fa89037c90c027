using k8s.Models;
using Operator.Access;
using Operator.Contracts;

namespace Operator.Secrets;

/// <summary>A Secret as read from or written to the API server. Deliberately not a record type: it must not print.</summary>
/// <param name="secret">The Secret with its data.</param>
/// <param name="resource">The resource whose Secret it is or should be.</param>
/// <param name="secrets">Interprets Secrets.</param>
/// <param name="renderings">Renders what it should be.</param>
internal sealed class StoredSecret(V1Secret secret, M2MOAuthClient resource, CredentialsSecrets secrets, SecretRenderings renderings)
    : IStoredSecret
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
    public bool IsAsWanted(Pair pair, Endpoints endpoints) => CredentialsSecrets.IsAsWanted(secret, resource, pair, endpoints, renderings);
}
