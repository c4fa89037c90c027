using System.Reflection;

namespace Operator.Contracts.Tests;

/// <summary>
/// Names that are in clusters, in people's scripts and in their alerts. A test that fails here says: this breaks them. New names are
/// added below; those that are there stay.
/// </summary>
public sealed class NamesTests
{
    [Fact]
    public void WireNames_AreAsReleased() =>
        AssertConstants(
            typeof(WireNames),
            ("Group", "credentials.carto.com"),
            ("Version", "v1alpha1"),
            ("ApiVersion", "credentials.carto.com/v1alpha1"),
            ("Finalizer", "credentials.carto.com/revoke-client"),
            ("InUseFinalizer", "credentials.carto.com/in-use"),
            ("Manager", "carto-operator"),
            ("Lease", "carto-operator")
        );

    [Fact]
    public void Labels_AreAsReleased() =>
        AssertConstants(typeof(WireNames.Labels), ("ManagedBy", "app.kubernetes.io/managed-by"), ("InUse", "credentials.carto.com/in-use"));

    [Fact]
    public void Annotations_AreAsReleased() =>
        AssertConstants(
            typeof(WireNames.Annotations),
            ("ReconcileRequestedAt", "credentials.carto.com/reconcile-requested-at"),
            ("RotateRequestedAt", "credentials.carto.com/rotate-requested-at"),
            ("Abandon", "credentials.carto.com/abandon"),
            ("AcceptDrift", "credentials.carto.com/accept-drift"),
            ("AcceptOwner", "credentials.carto.com/accept-owner"),
            ("Account", "credentials.carto.com/account"),
            ("ClientId", "credentials.carto.com/client-id"),
            ("Serial", "credentials.carto.com/serial"),
            ("ResourceUid", "credentials.carto.com/resource-uid"),
            ("ClientSecretKey", "credentials.carto.com/client-secret-key"),
            ("RenderedFrom", "credentials.carto.com/rendered-from"),
            ("HandledRotateAt", "credentials.carto.com/handled-rotate-at"),
            ("AppliedLabels", "credentials.carto.com/applied-labels"),
            ("AppliedAnnotations", "credentials.carto.com/applied-annotations")
        );

    [Fact]
    public void SecretKeys_AreAsReleased() =>
        AssertConstants(
            typeof(WireNames.SecretKeys),
            ("ClientId", "CARTO_CLIENT_ID"),
            ("ClientSecret", "CARTO_CLIENT_SECRET"),
            ("ApiBaseUrl", "CARTO_API_BASE_URL"),
            ("TokenUrl", "CARTO_TOKEN_URL"),
            ("Audience", "CARTO_AUDIENCE")
        );

    [Fact]
    public void ConditionTypes_AreAsReleased() =>
        AssertConstants(
            typeof(ConditionTypes),
            ("Ready", "Ready"),
            ("Reconciling", "Reconciling"),
            ("Stalled", "Stalled"),
            ("Synced", "Synced"),
            ("CredentialsVerified", "CredentialsVerified")
        );

    [Fact]
    public void Reasons_AreAsReleased() =>
        AssertConstants(
            typeof(Reasons),
            ("Pending", "Pending"),
            ("Available", "Available"),
            ("Progressing", "Progressing"),
            ("Suspended", "Suspended"),
            ("AccountNotFound", "AccountNotFound"),
            ("AccountNotReady", "AccountNotReady"),
            ("AccountTerminating", "AccountTerminating"),
            ("NamespaceNotAllowed", "NamespaceNotAllowed"),
            ("SecretConflict", "SecretConflict"),
            ("SecretNotWritten", "SecretNotWritten"),
            ("AdmissionDenied", "AdmissionDenied"),
            ("ResourceNotWritten", "ResourceNotWritten"),
            ("InvalidSecretTemplate", "InvalidSecretTemplate"),
            ("Rejected", "Rejected"),
            ("Forbidden", "Forbidden"),
            ("Throttled", "Throttled"),
            ("CartoUnavailable", "CartoUnavailable"),
            ("ConfirmingCreate", "ConfirmingCreate"),
            ("RenameUnsupported", "RenameUnsupported"),
            ("ClientIdConflict", "ClientIdConflict"),
            ("AdoptionNotAllowed", "AdoptionNotAllowed"),
            ("ClientSecretUnknown", "ClientSecretUnknown"),
            ("ClientNotFound", "ClientNotFound"),
            ("ClientNotListed", "ClientNotListed"),
            ("ClientNotMarked", "ClientNotMarked"),
            ("ClientIsLogin", "ClientIsLogin"),
            ("InternalError", "InternalError"),
            ("ListIncomplete", "ListIncomplete"),
            ("RevocationUnconfirmed", "RevocationUnconfirmed"),
            ("SecretMutated", "SecretMutated"),
            ("RestartFailed", "RestartFailed"),
            ("DeletionBlocked", "DeletionBlocked"),
            ("TokenObtained", "TokenObtained"),
            ("CredentialsInvalid", "CredentialsInvalid"),
            ("CredentialsPending", "CredentialsPending"),
            ("GrantMissing", "GrantMissing"),
            ("NotVerified", "NotVerified"),
            ("VerificationDisabled", "VerificationDisabled"),
            ("Created", "Created"),
            ("Adopted", "Adopted"),
            ("Recovered", "Recovered"),
            ("ClientMissing", "ClientMissing"),
            ("Renamed", "Renamed"),
            ("Revoked", "Revoked"),
            ("SecretUpdated", "SecretUpdated"),
            ("Rotated", "Rotated"),
            ("Restarted", "Restarted"),
            ("RestartSkipped", "RestartSkipped"),
            ("Retained", "Retained"),
            ("Connected", "Connected"),
            ("SecretNotFound", "SecretNotFound"),
            ("KeyNotFound", "KeyNotFound"),
            ("SecretForbidden", "SecretForbidden"),
            ("CredentialsMalformed", "CredentialsMalformed"),
            ("CredentialsRefused", "CredentialsRefused"),
            ("InsufficientPermission", "InsufficientPermission"),
            ("HostNotAllowed", "HostNotAllowed"),
            ("CertificateNotTrusted", "CertificateNotTrusted"),
            ("UnsupportedApi", "UnsupportedApi"),
            ("OwnClientNotListed", "OwnClientNotListed"),
            ("Unreachable", "Unreachable"),
            ("AccountOwnerChanged", "AccountOwnerChanged"),
            ("DriftChecked", "DriftChecked"),
            ("ComparisonFailed", "ComparisonFailed"),
            ("ComparisonIncomplete", "ComparisonIncomplete"),
            ("MassDriftSuspected", "MassDriftSuspected"),
            ("InUse", "InUse"),
            ("InvalidSpec", "InvalidSpec")
        );

    [Fact]
    public void Kinds_AreAsReleased()
    {
        Assert.Equal(("M2MOAuthClient", "m2moauthclients"), (M2MOAuthClient.KubeKind, M2MOAuthClient.Plural));
        Assert.Equal(("CartoAccount", "cartoaccounts"), (CartoAccount.KubeKind, CartoAccount.Plural));
        Assert.Equal(("ClusterCartoAccount", "clustercartoaccounts"), (ClusterCartoAccount.KubeKind, ClusterCartoAccount.Plural));
    }

    [Theory]
    [InlineData(typeof(ConditionTypes))]
    [InlineData(typeof(Reasons))]
    public void Words_AreTheirOwnNames(Type type) => Assert.All(Constants(type), each => Assert.Equal(each.Name, each.Value));

    private static void AssertConstants(Type type, params (string Name, string Value)[] expected) =>
        Assert.Equal(expected, Constants(type));

    private static IEnumerable<(string Name, string Value)> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
            .Where(each => each.IsLiteral)
            .Select(each => (each.Name, (string)each.GetRawConstantValue()!));
}
