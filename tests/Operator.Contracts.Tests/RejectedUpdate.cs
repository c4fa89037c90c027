namespace Operator.Contracts.Tests;

/// <summary>A change of a client's spec that the server refuses.</summary>
/// <param name="Before">The spec that it was created with, in YAML.</param>
/// <param name="Patch">The refused change, in YAML.</param>
/// <param name="Field">The field that the server names.</param>
/// <param name="Message">What the server says at its end.</param>
/// <param name="OwnClientId">ID of the client that it has meanwhile; null: none is on record.</param>
internal sealed record RejectedUpdate(string Before, string Patch, string Field, string Message, string? OwnClientId = null)
{
    private const string ClientIdSet = "cannot be changed or removed once set: write the old ID again, or create another M2MOAuthClient";
    private const string ClientIdLate =
        "can be set only when the resource is created, or to the client that it already has (status.clientId): "
        + "remove it, or create another M2MOAuthClient";
    private const string SecretName =
        "the Secret's name cannot be changed (without one it is metadata.name): write the old name again, or create another M2MOAuthClient";
    private const string SecretType =
        "the Secret's type cannot be changed (without one it is Opaque): write the old type again, or create another M2MOAuthClient";

    public static readonly IReadOnlyList<RejectedUpdate> All =
    [
        new("clientId: a", "clientId: b", "spec.clientId", ClientIdSet),
        new("clientId: a", "clientId: b", "spec.clientId", ClientIdSet, OwnClientId: "b"),
        new("clientId: a", "clientId: null", "spec.clientId", ClientIdSet),
        new("", "clientId: a", "spec.clientId", ClientIdLate),
        new("", "clientId: a", "spec.clientId", ClientIdLate, OwnClientId: "b"),
        new("secret: {name: a}", "secret: {name: b}", "spec.secret.name", SecretName),
        new("secret: {name: a}", "secret: {name: null}", "spec.secret.name", SecretName),
        new("secret: {name: a}", "secret: null", "spec.secret.name", SecretName),
        new("", "secret: {name: a}", "spec.secret.name", SecretName),
        new("secret: {type: a}", "secret: {type: b}", "spec.secret.type", SecretType),
        new("secret: {type: a}", "secret: {type: null}", "spec.secret.type", SecretType),
        new("secret: {type: a}", "secret: null", "spec.secret.type", SecretType),
        new("", "secret: {type: a}", "spec.secret.type", SecretType),
    ];
}
