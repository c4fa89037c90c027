namespace Operator.Contracts;

/// <summary>Reasons of conditions and events: one word for programs, beside a message for people.</summary>
public static class Reasons
{
    /// <summary>The operator has not seen the object yet. The API server says so by itself, from the object's creation on.</summary>
    public const string Pending = "Pending";

    // Of an M2MOAuthClient.

    /// <summary>Everything is as the spec says.</summary>
    public const string Available = "Available";

    /// <summary>Work towards the spec is under way.</summary>
    public const string Progressing = "Progressing";

    /// <summary>The resource is suspended by <c>spec.suspend</c>.</summary>
    public const string Suspended = "Suspended";

    /// <summary>The account that <c>spec.accountRef</c> names does not exist.</summary>
    public const string AccountNotFound = "AccountNotFound";

    /// <summary>The account is not Ready; its own conditions say why.</summary>
    public const string AccountNotReady = "AccountNotReady";

    /// <summary>The account is being deleted: what is in it is kept and revoked, and nothing new is created.</summary>
    public const string AccountTerminating = "AccountTerminating";

    /// <summary>The account does not allow this namespace.</summary>
    public const string NamespaceNotAllowed = "NamespaceNotAllowed";

    /// <summary>A Secret of the wanted name exists and is not this resource's.</summary>
    public const string SecretConflict = "SecretConflict";

    /// <summary>The API server refused to write the credentials Secret; the message holds its answer.</summary>
    public const string SecretNotWritten = "SecretNotWritten";

    /// <summary>A webhook, a policy or a quota of the cluster refused a change of the resource; the message says which, and its answer.</summary>
    public const string AdmissionDenied = "AdmissionDenied";

    /// <summary>The API server refuses what the operator has to read or write for the resource; the message holds its answer.</summary>
    public const string ResourceNotWritten = "ResourceNotWritten";

    /// <summary><c>spec.secret</c> cannot be rendered; the message names the field.</summary>
    public const string InvalidSecretTemplate = "InvalidSecretTemplate";

    /// <summary>CARTO refused what was asked; the message holds its answer.</summary>
    public const string Rejected = "Rejected";

    /// <summary>CARTO refused it for lack of plan, role or quota.</summary>
    public const string Forbidden = "Forbidden";

    /// <summary>CARTO asked to slow down.</summary>
    public const string Throttled = "Throttled";

    /// <summary>CARTO could not be reached, or failed; it is retried.</summary>
    public const string CartoUnavailable = "CartoUnavailable";

    /// <summary>A create may have been lost; the operator looks for its client before it creates another.</summary>
    public const string ConfirmingCreate = "ConfirmingCreate";

    /// <summary>The API of the account offers no way to rename a client.</summary>
    public const string RenameUnsupported = "RenameUnsupported";

    /// <summary>Another resource has, or claims, the client that this one is to adopt.</summary>
    public const string ClientIdConflict = "ClientIdConflict";

    /// <summary>The client may not be adopted; the message says why, and who can change that.</summary>
    public const string AdoptionNotAllowed = "AdoptionNotAllowed";

    /// <summary>The secret of the client that is to be adopted is not known; the message says where to put it.</summary>
    public const string ClientSecretUnknown = "ClientSecretUnknown";

    /// <summary>CARTO knows the client no more; the message says what to do.</summary>
    public const string ClientNotFound = "ClientNotFound";

    /// <summary>CARTO lists the client no more, although its pair works: the account may be another user's. The message says what to do.</summary>
    public const string ClientNotListed = "ClientNotListed";

    /// <summary>The client on record does not bear this resource's mark in CARTO, so it is not changed; the message says what to do.</summary>
    public const string ClientNotMarked = "ClientNotMarked";

    /// <summary>An account logs in with the client, so it is not changed; the message says what to do.</summary>
    public const string ClientIsLogin = "ClientIsLogin";

    /// <summary>The operator failed on the resource in a way that it should not; it tries again, and its log has the details.</summary>
    public const string InternalError = "InternalError";

    /// <summary>CARTO's list could not be read completely, so nothing may be concluded from what it lacks.</summary>
    public const string ListIncomplete = "ListIncomplete";

    /// <summary>CARTO still lists a client whose deletion was requested; the request is repeated.</summary>
    public const string RevocationUnconfirmed = "RevocationUnconfirmed";

    /// <summary>The Secret is stored otherwise than it was written; the message names what differs.</summary>
    public const string SecretMutated = "SecretMutated";

    /// <summary>A workload could not be restarted after its pair changed; it is retried.</summary>
    public const string RestartFailed = "RestartFailed";

    /// <summary>The deletion waits until the client can be revoked.</summary>
    public const string DeletionBlocked = "DeletionBlocked";

    /// <summary>A token was obtained with the pair.</summary>
    public const string TokenObtained = "TokenObtained";

    /// <summary>CARTO refused the pair.</summary>
    public const string CredentialsInvalid = "CredentialsInvalid";

    /// <summary>The pair has not been tried yet.</summary>
    public const string NotVerified = "NotVerified";

    /// <summary>The pair was not tried: <c>spec.verify</c> or the operator turns it off.</summary>
    public const string VerificationDisabled = "VerificationDisabled";

    // Of events.

    /// <summary>A client was created in CARTO.</summary>
    public const string Created = "Created";

    /// <summary>A client that existed in CARTO was taken over.</summary>
    public const string Adopted = "Adopted";

    /// <summary>A client of an interrupted create was found again.</summary>
    public const string Recovered = "Recovered";

    /// <summary>A client is gone from CARTO although nobody asked for that in Kubernetes; another takes its place.</summary>
    public const string ClientMissing = "ClientMissing";

    /// <summary>A client's name was changed in CARTO.</summary>
    public const string Renamed = "Renamed";

    /// <summary>A client was revoked.</summary>
    public const string Revoked = "Revoked";

    /// <summary>The credentials Secret was written anew.</summary>
    public const string SecretUpdated = "SecretUpdated";

    /// <summary>A pair was replaced by a new one.</summary>
    public const string Rotated = "Rotated";

    /// <summary>A workload was restarted, so that it reads the new credentials.</summary>
    public const string Restarted = "Restarted";

    /// <summary>A workload was not restarted because its rollout is paused.</summary>
    public const string RestartSkipped = "RestartSkipped";

    /// <summary>A client was left in CARTO because the spec or an annotation says so.</summary>
    public const string Retained = "Retained";

    // Of an account.

    /// <summary>The account's API answers and offers what is needed.</summary>
    public const string Connected = "Connected";

    /// <summary>A Secret or ConfigMap that the spec names does not exist.</summary>
    public const string SecretNotFound = "SecretNotFound";

    /// <summary>A Secret or ConfigMap that the spec names lacks a key.</summary>
    public const string KeyNotFound = "KeyNotFound";

    /// <summary>The operator lacks the right to read a Secret or ConfigMap that the spec names.</summary>
    public const string SecretForbidden = "SecretForbidden";

    /// <summary>A value of the credentials Secret cannot be a credential; the message names its key and what is wrong with it.</summary>
    public const string CredentialsMalformed = "CredentialsMalformed";

    /// <summary>CARTO refused the account's credentials.</summary>
    public const string CredentialsRefused = "CredentialsRefused";

    /// <summary>The account's plan or role is not sufficient.</summary>
    public const string InsufficientPermission = "InsufficientPermission";

    /// <summary>The operator was not started to allow this host.</summary>
    public const string HostNotAllowed = "HostNotAllowed";

    /// <summary>The server's certificate is not trusted.</summary>
    public const string CertificateNotTrusted = "CertificateNotTrusted";

    /// <summary>The API lacks an operation that the operator needs; the message names it.</summary>
    public const string UnsupportedApi = "UnsupportedApi";

    /// <summary>No answer from CARTO.</summary>
    public const string Unreachable = "Unreachable";

    /// <summary>The credentials belong to another CARTO user than before, who does not see the clients of the former.</summary>
    public const string AccountOwnerChanged = "AccountOwnerChanged";

    /// <summary>The clients of the account were compared with CARTO's list; what differed was put right.</summary>
    public const string DriftChecked = "DriftChecked";

    /// <summary>The clients of the account could not be compared with CARTO's list; the message says why. It is retried.</summary>
    public const string ComparisonFailed = "ComparisonFailed";

    /// <summary>
    /// CARTO's list could be read in part only: no client was taken for missing, and what the rest shows was put right. It is retried.
    /// </summary>
    public const string ComparisonIncomplete = "ComparisonIncomplete";

    /// <summary>Many clients vanished at once: none is created anew until a person has looked. Of accounts and of resources.</summary>
    public const string MassDriftSuspected = "MassDriftSuspected";

    /// <summary>
    /// The account, or an object that it needs, is being deleted, and stays until the last client is revoked; the message names the
    /// resources.
    /// </summary>
    public const string InUse = "InUse";

    /// <summary>The spec cannot be acted on; the message names the field.</summary>
    public const string InvalidSpec = "InvalidSpec";
}
