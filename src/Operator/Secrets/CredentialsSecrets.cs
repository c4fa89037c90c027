using System.Globalization;
using System.Text;
using System.Text.Json;
using k8s.Models;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Secrets;

/// <summary>
/// The credentials Secrets in the cluster. Secrets of others are never changed; on ours, labels and annotations added by others are
/// preserved.
/// </summary>
/// <param name="client">Secrets with their data, read one at a time and never cached.</param>
/// <param name="metadata">Cached metadata of the Secrets with our label.</param>
internal sealed class CredentialsSecrets(ResourceClient<V1Secret> client, Informer<MetadataOf<V1Secret>> metadata)
{
    private const char Separator = ',';

    private static readonly string[] AnnotationsInView =
    [
        WireNames.Annotations.ClientId,
        WireNames.Annotations.Serial,
        WireNames.Annotations.RenderedFrom,
    ];

    /// <summary>Strips a Secret's metadata to what <see cref="FromCache"/> needs, since one is cached per resource.</summary>
    public static void Reduce(MetadataOf<V1Secret> secret)
    {
        var metadata = secret.Metadata;
        secret.Metadata = new V1ObjectMeta
        {
            Name = metadata.Name,
            NamespaceProperty = metadata.NamespaceProperty,
            ResourceVersion = metadata.ResourceVersion,
            OwnerReferences = metadata.OwnerReferences?.ToArray(),
            Annotations = InView(metadata),
        };
    }

    /// <summary>
    /// The uid of the resource a Secret belongs to; null if none. Its controller or, without one, the uid in its annotation: a Secret that
    /// outlives its resource must have no owner, or it would be garbage collected.
    /// </summary>
    public static string? ResourceOf(V1ObjectMeta secret) =>
        secret.OwnerReferences?.FirstOrDefault(owner => owner.Controller == true) is { } controller
            ? controller.Uid
            : Annotation(secret, WireNames.Annotations.ResourceUid);

    /// <summary>The name of a resource's Secret.</summary>
    public static string NameOf(M2MOAuthClient resource) => resource.Spec.Secret?.Name ?? resource.Metadata.Name;

    /// <summary>The key of a resource's Secret.</summary>
    public static ObjectKey KeyOf(M2MOAuthClient resource) => new(resource.Metadata.NamespaceProperty, NameOf(resource));

    /// <summary>A resource's Secret from the cache. One without our label counts as absent.</summary>
    public SecretView FromCache(M2MOAuthClient resource) =>
        ViewOf(metadata.Store.TryGet(KeyOf(resource), out var known) ? known.Metadata : null, resource);

    /// <summary>A resource's Secret from the API server; null if there is none.</summary>
    public Task<V1Secret?> ReadAsync(M2MOAuthClient resource, CancellationToken cancellationToken) =>
        client.GetWithManagedFieldsAsync(KeyOf(resource), cancellationToken);

    /// <summary>The secret of an adopted client, from the Secret the resource names; otherwise, what a person has to do.</summary>
    public async Task<(Sensitive? Secret, string? Problem)> ReadReferencedAsync(
        M2MOAuthClient resource,
        string clientId,
        CancellationToken cancellationToken
    )
    {
        if (resource.Spec.ClientSecretRef is not { } reference)
        {
            return (
                null,
                $"CARTO does not tell the secret of the client {clientId} again: put it into a Secret and name that in spec.clientSecretRef"
            );
        }

        var secret = await client.GetAsync(new ObjectKey(resource.Metadata.NamespaceProperty, reference.Name), cancellationToken);
        if (secret is null)
        {
            return (null, $"spec.clientSecretRef.name: the Secret {reference.Name} does not exist; create it with the key {reference.Key}");
        }

        // A trailing newline left by an editor or echo is not part of the secret.
        return Text(secret, reference.Key)?.Trim() is { Length: > 0 } value
            ? (new Sensitive(value), null)
            : (
                null,
                $"spec.clientSecretRef.key: the Secret {reference.Name} has no value under {reference.Key}; "
                    + $"it has {(secret.Data is { Count: > 0 } data ? string.Join(", ", data.Keys.Order(StringComparer.Ordinal)) : "no keys")}"
            );
    }

    /// <summary>How a Secret relates to a resource.</summary>
    public static SecretView ViewOf(V1ObjectMeta? secret, M2MOAuthClient resource)
    {
        if (secret is null)
        {
            return new SecretView.Absent();
        }

        if (ResourceOf(secret) != resource.Metadata.Uid)
        {
            var controller = secret.OwnerReferences?.FirstOrDefault(owner => owner.Controller == true);
            return new SecretView.Foreign(
                controller is null ? "someone else (it has no controlling owner)" : $"{controller.Kind} {controller.Name}"
            );
        }

        return new SecretView.Ours(
            Annotation(secret, WireNames.Annotations.ClientId),
            int.TryParse(Annotation(secret, WireNames.Annotations.Serial), NumberStyles.None, CultureInfo.InvariantCulture, out var serial)
                ? serial
                : 0,
            Annotation(secret, WireNames.Annotations.RenderedFrom),
            secret.ResourceVersion
        )
        {
            IsOwned = secret.OwnerReferences?.Any(owner => owner.Uid == resource.Metadata.Uid) == true,
        };
    }

    /// <summary>
    /// The credentials in a Secret of ours. If it does not name their client, the recorded client is recognized by its ID. Null if there
    /// are none or they are unknown.
    /// </summary>
    public static Pair? PairIn(V1Secret secret, M2MOAuthClient resource, ClientRecord? current)
    {
        if (ViewOf(secret.Metadata, resource) is not SecretView.Ours ours)
        {
            return null;
        }

        var spec = resource.Spec.Secret;
        var id = ours.ClientId ?? Text(secret, SecretRenderer.ClientIdKey(spec));
        var secretKey = Annotation(secret.Metadata, WireNames.Annotations.ClientSecretKey) ?? SecretRenderer.ClientSecretKey(spec);
        var known = id is not null && id == current?.ClientId;
        return id is not null && Text(secret, secretKey) is { } value && (known || ours.Serial > 0)
            ? new Pair(
                id,
                known ? current!.Serial : ours.Serial,
                new Sensitive(value),
                Name: null,
                known ? current!.CreatedAt : null,
                PairOrigin.Secret
            )
            : null;
    }

    /// <summary>
    /// Whether another writer set the client secret in a Secret of ours. managedFields show who set each field last, which distinguishes
    /// edited credentials from an edited label without storing anything about the credentials.
    /// </summary>
    public bool IsPairFromOthers(V1Secret secret, SecretSpec? spec)
    {
        var key = Annotation(secret.Metadata, WireNames.Annotations.ClientSecretKey) ?? SecretRenderer.ClientSecretKey(spec);
        return (secret.Metadata.ManagedFields ?? []).Any(entry =>
            entry.Manager != client.FieldManager
            && entry.FieldsV1 is JsonElement { ValueKind: JsonValueKind.Object } fields
            && fields.TryGetProperty("f:data", out var data)
            && data.TryGetProperty("f:" + key, out _)
        );
    }

    /// <summary>Whether <see cref="WriteAsync"/> would leave a Secret of ours unchanged; false if it would fail.</summary>
    public static bool IsAsWanted(V1Secret secret, M2MOAuthClient resource, Pair pair, Endpoints endpoints, SecretRenderings renderings)
    {
        V1Secret wanted;
        try
        {
            var rendered = renderings.Of(resource.Spec.Secret, pair, endpoints);
            wanted = Compose(secret, resource, pair, rendered, HandledRotationOf(secret));
        }
        catch (SecretRenderException)
        {
            return false;
        }

        return secret.Metadata.Labels.IsSameAs(wanted.Metadata.Labels)
            && secret.Metadata.Annotations.IsSameAs(wanted.Metadata.Annotations)
            && (secret.Metadata.OwnerReferences ?? []).SequenceEqual(wanted.Metadata.OwnerReferences)
            && secret.Data is { } data
            && data.Count == wanted.Data.Count
            && data.All(value => wanted.Data.TryGetValue(value.Key, out var other) && value.Value.AsSpan().SequenceEqual(other));
    }

    /// <summary>Writes credentials into a resource's Secret.</summary>
    /// <param name="existing">The Secret as read, which must be ours; null if there was none.</param>
    /// <param name="resource">The resource.</param>
    /// <param name="pair">The credentials.</param>
    /// <param name="rendered">What they are rendered into.</param>
    /// <param name="handledRotation">See <see cref="WireNames.Annotations.HandledRotateAt"/>; null for none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>
    /// The Secret as stored by the server, and a message about how it differs from what was written; null if everything written is there,
    /// whatever an admission policy may have added.
    /// </returns>
    /// <exception cref="KubernetesApiException"> <see cref="KubernetesApiException.IsAlreadyExists"/> if one exists by now,
    /// <see cref="KubernetesApiException.IsConflict"/> if it has changed since it was read. </exception>
    public async Task<(V1Secret Secret, string? Mutation)> WriteAsync(
        V1Secret? existing,
        M2MOAuthClient resource,
        Pair pair,
        RenderedSecret rendered,
        string? handledRotation,
        CancellationToken cancellationToken
    )
    {
        var wanted = Compose(existing, resource, pair, rendered, handledRotation);
        var written = existing is null
            ? await client.CreateAsync(wanted, cancellationToken)
            : await client.ReplaceAsync(wanted, cancellationToken);
        Observe(written);
        return (written, Mutation(written, wanted));
    }

    /// <summary>Dry-runs a write of a resource's Secret with fake credentials, before real ones exist.</summary>
    /// <exception cref="SecretRenderException">The Secret cannot be rendered.</exception>
    /// <exception cref="KubernetesApiException">It would be rejected.</exception>
    public Task DryRunAsync(V1Secret? existing, M2MOAuthClient resource, Endpoints endpoints, CancellationToken cancellationToken)
    {
        var placeholder = new Pair("placeholder", 1, new Sensitive("placeholder"), Name: null, CreatedAt: null, PairOrigin.Secret);
        var rendered = RenderedSecret.Of(resource.Spec.Secret, placeholder, endpoints);
        return client.DryRunAsync(Compose(existing, resource, placeholder, rendered, handledRotation: null), cancellationToken);
    }

    /// <summary>The rotation request a Secret records as handled; null if none.</summary>
    public static string? HandledRotationOf(V1Secret secret) => Annotation(secret.Metadata, WireNames.Annotations.HandledRotateAt);

    /// <summary>Releases a Secret of ours from its resource, so that it outlives it.</summary>
    public async Task ReleaseAsync(V1Secret secret, M2MOAuthClient resource, CancellationToken cancellationToken)
    {
        var metadata = secret.Metadata;
        var labels = Copy(metadata.Labels);
        labels.Remove(WireNames.Labels.ManagedBy);
        var annotations = Copy(metadata.Annotations);
        annotations.Remove(WireNames.Annotations.ResourceUid);
        await client.ReplaceAsync(
            With(
                secret,
                new V1ObjectMeta
                {
                    Name = metadata.Name,
                    NamespaceProperty = metadata.NamespaceProperty,
                    ResourceVersion = metadata.ResourceVersion,
                    Uid = metadata.Uid,
                    Finalizers = metadata.Finalizers,
                    Labels = labels,
                    Annotations = annotations,
                    OwnerReferences = [.. (metadata.OwnerReferences ?? []).Where(owner => owner.Uid != resource.Metadata.Uid)],
                }
            ),
            cancellationToken
        );
    }

    /// <summary>For so few entries, a list takes much less memory than a dictionary.</summary>
    private static SortedList<string, string>? InView(V1ObjectMeta secret)
    {
        if (secret.Annotations is not { } annotations)
        {
            return null;
        }

        var kept = new SortedList<string, string>(AnnotationsInView.Length, StringComparer.Ordinal);
        foreach (var name in AnnotationsInView)
        {
            if (annotations.TryGetValue(name, out var value))
            {
                kept.Add(name, value);
            }
        }

        if (
            secret.OwnerReferences?.Any(owner => owner.Controller == true) != true
            && annotations.TryGetValue(WireNames.Annotations.ResourceUid, out var uid)
        )
        {
            kept.Add(WireNames.Annotations.ResourceUid, uid);
        }

        return kept;
    }

    private void Observe(V1Secret written) =>
        metadata.Observe(
            new MetadataOf<V1Secret>
            {
                ApiVersion = metadata.Definition.ApiVersion,
                Kind = metadata.Definition.Kind,
                Metadata = written.Metadata,
            }
        );

    private static string? Mutation(V1Secret written, V1Secret wanted)
    {
        var field = Differing("metadata.labels", written.Metadata.Labels, wanted.Metadata.Labels)
            ?? Differing("metadata.annotations", written.Metadata.Annotations, wanted.Metadata.Annotations)
            ?? wanted
                .Data.Where(value =>
                    written.Data?.TryGetValue(value.Key, out var stored) != true || !value.Value.AsSpan().SequenceEqual(stored)
                )
                .Select(value => $"data[{value.Key}]")
                .FirstOrDefault();
        return field is null
            ? null
            : $"{field} of the Secret {wanted.Metadata.Name} is stored otherwise than the operator wrote it, by an admission webhook or "
                + "policy: have it leave out "
                + $"Secrets with the label {WireNames.Labels.ManagedBy}={WireNames.Manager}, or this field";
    }

    private static string? Differing(string field, IDictionary<string, string>? written, IDictionary<string, string>? wanted) =>
        (wanted ?? new Dictionary<string, string>())
            .Where(pair => written?.TryGetValue(pair.Key, out var stored) != true || stored != pair.Value)
            .Select(pair => $"{field}[{pair.Key}]")
            .FirstOrDefault();

    private static V1Secret Compose(
        V1Secret? existing,
        M2MOAuthClient resource,
        Pair pair,
        RenderedSecret rendered,
        string? handledRotation
    )
    {
        var spec = resource.Spec.Secret;
        var before = existing?.Metadata;
        var labels = Merge(before?.Labels, Annotation(before, WireNames.Annotations.AppliedLabels), spec?.Labels);
        labels[WireNames.Labels.ManagedBy] = WireNames.Manager;

        var annotations = Merge(before?.Annotations, Annotation(before, WireNames.Annotations.AppliedAnnotations), spec?.Annotations);
        annotations[WireNames.Annotations.ClientId] = pair.ClientId;
        annotations[WireNames.Annotations.Serial] = pair.Serial.ToString(CultureInfo.InvariantCulture);
        annotations[WireNames.Annotations.ResourceUid] = resource.Metadata.Uid;
        annotations[WireNames.Annotations.ClientSecretKey] = SecretRenderer.ClientSecretKey(spec);
        annotations[WireNames.Annotations.RenderedFrom] = rendered.Fingerprint;
        if (handledRotation is not null)
        {
            annotations[WireNames.Annotations.HandledRotateAt] = handledRotation;
        }

        Remember(annotations, WireNames.Annotations.AppliedLabels, spec?.Labels);
        Remember(annotations, WireNames.Annotations.AppliedAnnotations, spec?.Annotations);

        var wanted = With(
            existing ?? new V1Secret { Type = spec?.Type ?? "Opaque" },
            new V1ObjectMeta
            {
                Name = NameOf(resource),
                NamespaceProperty = resource.Metadata.NamespaceProperty,
                ResourceVersion = before?.ResourceVersion,
                Uid = before?.Uid,
                Finalizers = before?.Finalizers,
                Labels = labels,
                Annotations = annotations,
                OwnerReferences =
                [
                    .. (before?.OwnerReferences ?? []).Where(owner => owner.Uid != resource.Metadata.Uid),
                    .. resource.IsRetained() ? Array.Empty<V1OwnerReference>() : [OwnerReference(resource)],
                ],
            }
        );
        wanted.Data = rendered.Data.ToDictionary();
        return wanted;
    }

    private static V1Secret With(V1Secret secret, V1ObjectMeta metadata) =>
        new()
        {
            Metadata = metadata,
            Data = secret.Data,
            Type = secret.Type,
            Immutable = secret.Immutable,
        };

    private static V1OwnerReference OwnerReference(M2MOAuthClient resource) =>
        new()
        {
            ApiVersion = WireNames.ApiVersion,
            Kind = M2MOAuthClient.KubeKind,
            Name = resource.Metadata.Name,
            Uid = resource.Metadata.Uid,
            Controller = true,
            BlockOwnerDeletion = true,
        };

    /// <summary>Keeps entries of others, removes our previous ones, and adds the desired ones.</summary>
    private static Dictionary<string, string> Merge(
        IDictionary<string, string>? existing,
        string? applied,
        IReadOnlyDictionary<string, string>? wanted
    )
    {
        var merged = Copy(existing);
        foreach (var key in applied?.Split(Separator) ?? [])
        {
            merged.Remove(key);
        }

        foreach (var (key, value) in wanted ?? new Dictionary<string, string>())
        {
            merged[key] = value;
        }

        return merged;
    }

    private static void Remember(Dictionary<string, string> annotations, string name, IReadOnlyDictionary<string, string>? applied)
    {
        if (applied is { Count: > 0 })
        {
            annotations[name] = string.Join(Separator, applied.Keys.Order(StringComparer.Ordinal));
        }
        else
        {
            annotations.Remove(name);
        }
    }

    private static Dictionary<string, string> Copy(IDictionary<string, string>? map) =>
        map is null ? new Dictionary<string, string>(StringComparer.Ordinal) : new Dictionary<string, string>(map, StringComparer.Ordinal);

    private static string? Annotation(V1ObjectMeta? metadata, string name) =>
        metadata?.Annotations.Find(name) is { Length: > 0 } value ? value : null;

    private static string? Text(V1Secret secret, string key) =>
        secret.Data is { } data && data.TryGetValue(key, out var value) && value is { Length: > 0 } ? Encoding.UTF8.GetString(value) : null;
}
