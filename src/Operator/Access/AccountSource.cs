using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Access;

/// <summary>A kind of object an account's spec can reference.</summary>
internal enum SourceKind
{
    Secret,
    ConfigMap,
}

/// <summary>An object that holds values for an account.</summary>
internal readonly record struct SourceObject(SourceKind Kind, ObjectKey Key)
{
    /// <summary>Display name: kind and name.</summary>
    public override string ToString() => $"{Kind} {Key}";
}

/// <summary>A reference in an account's spec to an object that holds values.</summary>
/// <param name="Field">The field with the reference.</param>
/// <param name="Object">The referenced object.</param>
/// <param name="Keys">Their keys.</param>
internal sealed record AccountSource(string Field, SourceObject Object, params IReadOnlyList<string> Keys)
{
    /// <summary>The credentials. The order of the keys: the ID before the secret or token.</summary>
    /// <exception cref="AccountException">The spec references none.</exception>
    public static AccountSource Credentials(IAccountResource account) =>
        FindCredentials(account)
        ?? throw new AccountException(
            AccountProblem.ForPerson(Reasons.InvalidSpec, "spec.auth: write exactly one of clientCredentials, accessToken and refreshToken")
        );

    /// <summary>The CA bundle; null to trust the system's certificates.</summary>
    public static AccountSource? CaBundle(IAccountResource account) =>
        account.Spec.CaBundle switch
        {
            { SecretRef: { } secret } => new(
                "spec.caBundle.secretRef",
                ObjectOf(account, SourceKind.Secret, secret.Namespace, secret.Name),
                secret.Key
            ),
            { ConfigMapRef: { } map } => new(
                "spec.caBundle.configMapRef",
                ObjectOf(account, SourceKind.ConfigMap, map.Namespace, map.Name),
                map.Key
            ),
            _ => null,
        };

    /// <summary>All objects referenced by an account's spec.</summary>
    public static IReadOnlySet<SourceObject> ObjectsOf(IAccountResource account)
    {
        var objects = new HashSet<SourceObject>();
        if (FindCredentials(account) is { } credentials)
        {
            objects.Add(credentials.Object);
        }

        if (CaBundle(account) is { } bundle)
        {
            objects.Add(bundle.Object);
        }

        return objects;
    }

    private static AccountSource? FindCredentials(IAccountResource account) =>
        account.Spec.Auth switch
        {
            { ClientCredentials: { } pair } => new(
                "spec.auth.clientCredentials.secretRef",
                Secret(account, pair.SecretRef),
                pair.ClientIdKey,
                pair.ClientSecretKey
            ),
            { AccessToken: { } token } => new("spec.auth.accessToken.secretRef", Secret(account, token.SecretRef), token.Key),
            { RefreshToken: { } login } => new(
                "spec.auth.refreshToken.secretRef",
                Secret(account, login.SecretRef),
                login.ClientIdKey,
                login.RefreshTokenKey
            ),
            _ => null,
        };

    private static SourceObject Secret(IAccountResource account, ObjectReference reference) =>
        ObjectOf(account, SourceKind.Secret, reference.Namespace, reference.Name);

    // A namespaced account always reads from its own namespace: the operator may read more than its author.
    private static SourceObject ObjectOf(IAccountResource account, SourceKind kind, string? @namespace, string name) =>
        new(kind, new ObjectKey(account.Metadata.NamespaceProperty ?? @namespace, name));
}
