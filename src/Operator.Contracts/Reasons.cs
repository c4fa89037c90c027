namespace Operator.Contracts;

/// <summary>Reasons of conditions and events, for programs; messages are for people.</summary>
public static class Reasons
{
    /// <summary>The operator has not observed the object yet. Set as a default by the API server on creation.</summary>
    public const string Pending = "Pending";

    // Reasons of an M2MOAuthClient.

    /// <summary>Everything matches the spec.</summary>
    public const string Available = "Available";

    /// <summary>The spec is being reconciled.</summary>
    public const string Progressing = "Progressing";

    /// <summary>The resource is suspended by <c>spec.suspend</c>.</summary>
    public const string Suspended = "Suspended";

    /// <summary>The account in <c>spec.accountRef</c> does not exist.</summary>
    public const string AccountNotFound = "AccountNotFound";

    /// <summary>The account is not Ready; its conditions show why.</summary>
    public const string AccountNotReady = "AccountNotReady";

    /// <summary>The account is being deleted: its clients are maintained and revoked, but none are created.</summary>
    public const string AccountTerminating = "AccountTerminating";

    /// <summary>The account does not allow this namespace.</summary>
    public const string NamespaceNotAllowed = "NamespaceNotAllowed";

    /// <summary>A Secret of the wanted name exists but does not belong to this resource.</summary>
    public const string SecretConflict = "SecretConflict";

    /// <summary>The API server rejected the credentials Secret; the message contains its error.</summary>
    public const string SecretNotWritten = "SecretNotWritten";

    /// <summary>
    /// A webhook, policy or quota of the cluster rejected a change of the resource; the message names it and contains its error.
    /// </summary>
    public const string AdmissionDenied = "AdmissionDenied";

    /// <summary>The API server rejected a read or write the operator needs for the resource; the message contains its error.</summary>
    public const string ResourceNotWritten = "ResourceNotWritten";

    /// <summary><c>spec.secret</c> cannot be rendered; the message names the field.</summary>
    public const string InvalidSecretTemplate = "InvalidSecretTemplate";

    /// <summary>CARTO rejected the request; the message contains its error.</summary>
    public const string Rejected = "Rejected";

    /// <summary>CARTO refused the request because of plan, role or quota.</summary>
    public const string Forbidden = "Forbidden";

    /// <summary>CARTO throttles requests.</summary>
    public const string Throttled = "Throttled";

    /// <summary>CARTO could not be reached or failed; the call is retried.</summary>
    public const string CartoUnavailable = "CartoUnavailable";

    /// <summary>The outcome of a create is unknown; the operator searches for its client before it creates another one.</summary>
    public const string ConfirmingCreate = "ConfirmingCreate";

    /// <summary>The account's API cannot rename clients.</summary>
    public const string RenameUnsupported = "RenameUnsupported";

    /// <summary>Another resource has, or claims, the client this one should adopt.</summary>
    public const string ClientIdConflict = "ClientIdConflict";

    /// <summary>The client may not be adopted; the message explains why and who can change that.</summary>
    public const string AdoptionNotAllowed = "AdoptionNotAllowed";

    /// <summary>The secret of the client to adopt is unknown; the message explains where to put it.</summary>
    public const string ClientSecretUnknown = "ClientSecretUnknown";

    /// <summary>The client no longer exists in CARTO; the message explains what to do.</summary>
    public const string ClientNotFound = "ClientNotFound";

    /// <summary>
    /// CARTO no longer lists the client although its credentials work: the account may belong to another user. The message explains what to
    /// do.
    /// </summary>
    public const string ClientNotListed = "ClientNotListed";

    /// <summary>
    /// The recorded client does not have this resource's mark in CARTO, so it is not changed; the message explains what to do.
    /// </summary>
    public const string ClientNotMarked = "ClientNotMarked";

    /// <summary>An account logs in with the client, so it is not changed; the message explains what to do.</summary>
    public const string ClientIsLogin = "ClientIsLogin";

    /// <summary>An internal error of the operator; it retries, and its log has the details.</summary>
    public const string InternalError = "InternalError";

    /// <summary>CARTO's list could not be read completely, so clients missing from it may still exist.</summary>
    public const string ListIncomplete = "ListIncomplete";

    /// <summary>CARTO still lists a client whose deletion was requested; the request is repeated.</summary>
    public const string RevocationUnconfirmed = "RevocationUnconfirmed";

    /// <summary>The stored Secret differs from what was written; the message names what differs.</summary>
    public const string SecretMutated = "SecretMutated";

    /// <summary>A workload could not be restarted after its credentials changed; it is retried.</summary>
    public const string RestartFailed = "RestartFailed";

    /// <summary>The deletion waits until the client can be revoked.</summary>
    public const string DeletionBlocked = "DeletionBlocked";

    /// <summary>A token was obtained with the credentials.</summary>
    public const string TokenObtained = "TokenObtained";

    /// <summary>CARTO rejected the credentials.</summary>
    public const string CredentialsInvalid = "CredentialsInvalid";

    /// <summary>CARTO does not issue tokens with a client that is new: it is asked again.</summary>
    public const string CredentialsPending = "CredentialsPending";

    /// <summary>CARTO knows the client but does not let it obtain tokens; the message explains what to do.</summary>
    public const string GrantMissing = "GrantMissing";

    /// <summary>The credentials have not been verified yet.</summary>
    public const string NotVerified = "NotVerified";

    /// <summary>Verification is disabled by <c>spec.verify</c> or the operator's settings.</summary>
    public const string VerificationDisabled = "VerificationDisabled";

    // Reasons of events.

    /// <summary>A client was created in CARTO.</summary>
    public const string Created = "Created";

    /// <summary>An existing client in CARTO was adopted.</summary>
    public const string Adopted = "Adopted";

    /// <summary>A client of an interrupted create was recovered.</summary>
    public const string Recovered = "Recovered";

    /// <summary>A client was deleted in CARTO but not through Kubernetes; it is replaced.</summary>
    public const string ClientMissing = "ClientMissing";

    /// <summary>A client's name was changed in CARTO.</summary>
    public const string Renamed = "Renamed";

    /// <summary>A client was revoked.</summary>
    public const string Revoked = "Revoked";

    /// <summary>The credentials Secret was updated.</summary>
    public const string SecretUpdated = "SecretUpdated";

    /// <summary>The credentials were rotated.</summary>
    public const string Rotated = "Rotated";

    /// <summary>A workload was restarted to read the new credentials.</summary>
    public const string Restarted = "Restarted";

    /// <summary>A workload was not restarted because its rollout is paused.</summary>
    public const string RestartSkipped = "RestartSkipped";

    /// <summary>A client was left in CARTO as requested by the spec or an annotation.</summary>
    public const string Retained = "Retained";

    // Reasons of an account.

    /// <summary>The account's API responds and offers the required operations.</summary>
    public const string Connected = "Connected";

    /// <summary>A Secret or ConfigMap referenced by the spec does not exist.</summary>
    public const string SecretNotFound = "SecretNotFound";

    /// <summary>A Secret or ConfigMap referenced by the spec lacks a key.</summary>
    public const string KeyNotFound = "KeyNotFound";

    /// <summary>The operator may not read a Secret or ConfigMap referenced by the spec.</summary>
    public const string SecretForbidden = "SecretForbidden";

    /// <summary>A value of the credentials Secret is malformed; the message names its key and what is wrong with it.</summary>
    public const string CredentialsMalformed = "CredentialsMalformed";

    /// <summary>CARTO rejected the account's credentials.</summary>
    public const string CredentialsRefused = "CredentialsRefused";

    /// <summary>The account's plan or role is not sufficient.</summary>
    public const string InsufficientPermission = "InsufficientPermission";

    /// <summary>The operator's settings do not allow this host.</summary>
    public const string HostNotAllowed = "HostNotAllowed";

    /// <summary>The server's certificate is not trusted.</summary>
    public const string CertificateNotTrusted = "CertificateNotTrusted";

    /// <summary>The API lacks an operation the operator requires; the message names it.</summary>
    public const string UnsupportedApi = "UnsupportedApi";

    /// <summary>
    /// CARTO's list lacks the client with which the account logs in, so the account does not see its owner's clients: nothing is created in
    /// it. The message explains how to use a user's token instead.
    /// </summary>
    public const string OwnClientNotListed = "OwnClientNotListed";

    /// <summary>CARTO does not respond.</summary>
    public const string Unreachable = "Unreachable";

    /// <summary>The credentials belong to a different CARTO user than before, who does not see the previous user's clients.</summary>
    public const string AccountOwnerChanged = "AccountOwnerChanged";

    /// <summary>The clients of the account were compared with CARTO's list, and drift was repaired.</summary>
    public const string DriftChecked = "DriftChecked";

    /// <summary>The clients of the account could not be compared with CARTO's list; the message explains why. It is retried.</summary>
    public const string ComparisonFailed = "ComparisonFailed";

    /// <summary>
    /// CARTO's list could only be read in part: no client counts as missing, and other drift was repaired. It is retried.
    /// </summary>
    public const string ComparisonIncomplete = "ComparisonIncomplete";

    /// <summary>Many clients disappeared at once: none is replaced until a person has checked. For accounts and resources.</summary>
    public const string MassDriftSuspected = "MassDriftSuspected";

    /// <summary>
    /// The account, or an object it references, is being deleted but stays until the last client is revoked; the message names the
    /// resources.
    /// </summary>
    public const string InUse = "InUse";

    /// <summary>The spec is invalid; the message names the field.</summary>
    public const string InvalidSpec = "InvalidSpec";
}
