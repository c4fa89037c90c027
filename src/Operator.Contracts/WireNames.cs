namespace Operator.Contracts;

/// <summary>The names that objects in a cluster bear because of this operator. They outlive every release: none may change.</summary>
public static class WireNames
{
    /// <summary>API group of the custom resources.</summary>
    public const string Group = "credentials.carto.com";

    /// <summary>API version of the custom resources.</summary>
    public const string Version = "v1alpha1";

    /// <summary>Group and version as objects carry them in <c>apiVersion</c>.</summary>
    public const string ApiVersion = Group + "/" + Version;

    /// <summary>
    /// Finalizer on an <see cref="M2MOAuthClient"/>: a client may exist in CARTO. It is set before the first create and removed after
    /// the last revocation.
    /// </summary>
    public const string Finalizer = Group + "/revoke-client";

    /// <summary>
    /// Finalizer on an account that resources use, and on the objects that its spec names: without them no client could be revoked. It
    /// goes when the last of these resources is gone.
    /// </summary>
    public const string InUseFinalizer = Group + "/in-use";

    /// <summary>Manager name of this operator: the value of <see cref="Labels.ManagedBy"/>, its field manager and its event source.</summary>
    public const string Manager = "carto-operator";

    /// <summary>Name of the Lease that says which replica leads, unless the operator was told another.</summary>
    public const string Lease = Manager;

    /// <summary>Labels that the operator sets.</summary>
    public static class Labels
    {
        /// <summary>On each credentials Secret, with the value <see cref="WireNames.Manager"/>; selects what the operator watches.</summary>
        public const string ManagedBy = "app.kubernetes.io/managed-by";

        /// <summary>
        /// On Secrets and ConfigMaps that bear <see cref="InUseFinalizer"/>, with the value <c>"true"</c>: finds those that no account in
        /// use names any more.
        /// </summary>
        public const string InUse = Group + "/in-use";
    }

    /// <summary>Annotations that the operator sets or reads.</summary>
    public static class Annotations
    {
        /// <summary>Set by people on a resource: any new value causes one full look.</summary>
        public const string ReconcileRequestedAt = Group + "/reconcile-requested-at";

        /// <summary>Set by people on an <see cref="M2MOAuthClient"/>: any new value causes one rotation.</summary>
        public const string RotateRequestedAt = Group + "/rotate-requested-at";

        /// <summary>Set by people on an <see cref="M2MOAuthClient"/>: <c>"true"</c> lets a deletion go on without revoking.</summary>
        public const string Abandon = Group + "/abandon";

        /// <summary>Set by people on an account: any new value lets clients be created anew although many vanished at once.</summary>
        public const string AcceptDrift = Group + "/accept-drift";

        /// <summary>Set by people on an account: the CARTO user that the credentials may belong to from now on.</summary>
        public const string AcceptOwner = Group + "/accept-owner";

        /// <summary>
        /// On an <see cref="M2MOAuthClient"/>, from the moment that a client may exist until its status says it: kind, name and uid of the
        /// account that the client is created in, and the uid of the resource, with slashes between.
        /// </summary>
        public const string Account = Group + "/account";

        /// <summary>
        /// On a credentials Secret: the client ID of the pair in it. On the pod template of a workload that was restarted: the client ID of
        /// the pair that it was restarted for.
        /// </summary>
        public const string ClientId = Group + "/client-id";

        /// <summary>On a credentials Secret: the serial of the client in it.</summary>
        public const string Serial = Group + "/serial";

        /// <summary>On a credentials Secret: the uid of the resource that it was written for.</summary>
        public const string ResourceUid = Group + "/resource-uid";

        /// <summary>On a credentials Secret: the data key that holds the client secret.</summary>
        public const string ClientSecretKey = Group + "/client-secret-key";

        /// <summary>On a credentials Secret: fingerprint of the public inputs (spec and endpoints) that its content was rendered from.</summary>
        public const string RenderedFrom = Group + "/rendered-from";

        /// <summary>
        /// On a credentials Secret: the value of <see cref="RotateRequestedAt"/> that had been acted on when the pair in it was written, so that
        /// it is not acted on again when the status is lost.
        /// </summary>
        public const string HandledRotateAt = Group + "/handled-rotate-at";

        /// <summary>On a credentials Secret: the labels that <c>spec.secret.labels</c> put there, to take away those that are no longer wanted.</summary>
        public const string AppliedLabels = Group + "/applied-labels";

        /// <summary>On a credentials Secret: the annotations that <c>spec.secret.annotations</c> put there, likewise.</summary>
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

        /// <summary>Audience to ask a token for.</summary>
        public const string Audience = "CARTO_AUDIENCE";
    }
}
