namespace Operator.Contracts;

/// <summary>Names used in cluster objects by this operator. They outlive every release: none may change.</summary>
public static class WireNames
{
    /// <summary>API group of the custom resources.</summary>
    public const string Group = "credentials.carto.com";

    /// <summary>API version of the custom resources.</summary>
    public const string Version = "v1alpha1";

    /// <summary>Group and version, as in <c>apiVersion</c>.</summary>
    public const string ApiVersion = Group + "/" + Version;

    /// <summary>
    /// Finalizer on an <see cref="M2MOAuthClient"/>: a client may exist in CARTO. It is set before the first create and removed after
    /// the last revocation.
    /// </summary>
    public const string Finalizer = Group + "/revoke-client";

    /// <summary>
    /// Finalizer on an account in use, and on the objects its spec references: without them no client could be revoked. It is removed when
    /// the last of its resources is gone.
    /// </summary>
    public const string InUseFinalizer = Group + "/in-use";

    /// <summary>
    /// Manager name of this operator: the value of <see cref="Labels.ManagedBy"/>, its field manager and its event source.
    /// </summary>
    public const string Manager = "carto-operator";

    /// <summary>Default name of the leader election Lease.</summary>
    public const string Lease = Manager;

    /// <summary>Labels the operator sets.</summary>
    public static class Labels
    {
        /// <summary>
        /// On each credentials Secret, with the value <see cref="WireNames.Manager"/>; selects what the operator watches.
        /// </summary>
        public const string ManagedBy = "app.kubernetes.io/managed-by";

        /// <summary>
        /// On Secrets and ConfigMaps with <see cref="InUseFinalizer"/>, with the value <c>"true"</c>: finds those that no account in use
        /// references any more.
        /// </summary>
        public const string InUse = Group + "/in-use";
    }

    /// <summary>Annotations the operator sets or reads.</summary>
    public static class Annotations
    {
        /// <summary>Set by people on a resource: any new value causes one full reconcile.</summary>
        public const string ReconcileRequestedAt = Group + "/reconcile-requested-at";

        /// <summary>Set by people on an <see cref="M2MOAuthClient"/>: any new value causes one rotation.</summary>
        public const string RotateRequestedAt = Group + "/rotate-requested-at";

        /// <summary>Set by people on an <see cref="M2MOAuthClient"/>: <c>"true"</c> lets a deletion proceed without revoking.</summary>
        public const string Abandon = Group + "/abandon";

        /// <summary>Set by people on an account: any new value allows replacing clients although many disappeared at once.</summary>
        public const string AcceptDrift = Group + "/accept-drift";

        /// <summary>Set by people on an account: the CARTO user the credentials may belong to from now on.</summary>
        public const string AcceptOwner = Group + "/accept-owner";

        /// <summary>
        /// On an <see cref="M2MOAuthClient"/>, from when a client may exist until its status records it: kind, name and uid of the account
        /// the client is created in, and the uid of the resource, separated by slashes.
        /// </summary>
        public const string Account = Group + "/account";

        /// <summary>
        /// On a credentials Secret: the client ID in it. On the pod template of a restarted workload: the client ID it was restarted for.
        /// </summary>
        public const string ClientId = Group + "/client-id";

        /// <summary>On a credentials Secret: the serial of the client in it.</summary>
        public const string Serial = Group + "/serial";

        /// <summary>On a credentials Secret: the uid of the resource it was written for.</summary>
        public const string ResourceUid = Group + "/resource-uid";

        /// <summary>On a credentials Secret: the data key that holds the client secret.</summary>
        public const string ClientSecretKey = Group + "/client-secret-key";

        /// <summary>On a credentials Secret: fingerprint of the public inputs (spec and endpoints) its content was rendered from.</summary>
        public const string RenderedFrom = Group + "/rendered-from";

        /// <summary>
        /// On a credentials Secret: the value of <see cref="RotateRequestedAt"/> that was handled when its credentials were written, so
        /// that it is not handled again if the status is lost.
        /// </summary>
        public const string HandledRotateAt = Group + "/handled-rotate-at";

        /// <summary>On a credentials Secret: the labels set from <c>spec.secret.labels</c>, to remove those no longer desired.</summary>
        public const string AppliedLabels = Group + "/applied-labels";

        /// <summary>On a credentials Secret: the annotations set from <c>spec.secret.annotations</c>, likewise.</summary>
        public const string AppliedAnnotations = Group + "/applied-annotations";
    }

    /// <summary>Standard keys of a credentials Secret.</summary>
    public static class SecretKeys
    {
        /// <summary>Client ID.</summary>
        public const string ClientId = "CARTO_CLIENT_ID";

        /// <summary>Client secret.</summary>
        public const string ClientSecret = "CARTO_CLIENT_SECRET";

        /// <summary>Base URL of CARTO's API.</summary>
        public const string ApiBaseUrl = "CARTO_API_BASE_URL";

        /// <summary>Endpoint that issues access tokens.</summary>
        public const string TokenUrl = "CARTO_TOKEN_URL";

        /// <summary>Audience of the tokens.</summary>
        public const string Audience = "CARTO_AUDIENCE";
    }
}
