using System.Globalization;
using System.Text;
using System.Text.Json;
using k8s.Models;
using Operator.Carto;
using Operator.Clients;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Secrets;

/// <summary>
/// The credentials Secrets in the cluster. What is not ours is never changed; of what is ours, labels and annotations that others put
/// there survive.
/// </summary>
/// <param name="client">Secrets with their data, read one at a time and never kept.</param>
/// <param name="metadata">Metadata of the Secrets that bear our label.</param>
internal sealed class CredentialsSecrets(ResourceClient<V1Secret> client, Informer<MetadataOf<V1Secret>> metadata)
{
    private const char Separator = ',';

    private static readonly string[] AnnotationsInView = [WireNames.Annotations.ClientId, WireNames.Annotations.Serial, WireNames.Annotations.RenderedFrom];

    /// <summary>Leaves of a Secret's metadata what <see cref="Look"/> needs: there are as many as resources, and all are kept.</summary>
    public static void Reduce(MetadataOf<V1Secret> secret)
    {
        var metadata = secret.Metadata;
        secret.Metadata = new V1ObjectMeta
        {
            Name = metadata.Name,
            NamespaceProperty = metadata.NamespaceProperty,
            ResourceVersion = metadata.ResourceVersion,
            OwnerReferences = metadata.OwnerReferences?.ToArray(),
            Annotations = InView(metadata.Annotations),
        };
    }

    /// <summary>The name of a resource's Secret.</summary>
    public static string NameOf(M2MOAuthClient resource) => resource.Spec.Secret?.Name ?? resource.Metadata.Name;

    /// <summary>A resource's Secret as the cache has it. One without our label is not there.</summary>
    public SecretView Look(M2MOAuthClient resource) =>
        ViewOf(metadata.Store.TryGet(KeyOf(resource), out var known) ? known.Metadata : null, resource);

    /// <summary>A resource's Secret as the API server has it; null when there is none.</summary>
    public Task<V1Secret?> ReadAsync(M2MOAuthClient resource, CancellationToken cancellationToken) =>
        client.GetWithManagedFieldsAsync(KeyOf(resource), cancellationToken);

    /// <summary>
    /// The secret of an adopted client, from the Secret that the resource names. Without one, what a person has to do for it.
    /// </summary>
    public async Task<(Sensitive? Secret, string? Problem)> ReadGivenAsync(
        M2MOAuthClient resource, string clientId, CancellationToken cancellationToken)
    {
        if (resource.Spec.ClientSecretRef is not { } reference)
        {
            return (null, $"CARTO does not tell the secret of the client {clientId} again: put it into a Secret and name that in spec.clientSecretRef");
        }

        var secret = await client.GetAsync(new ObjectKey(resource.Metadata.NamespaceProperty, reference.Name), cancellationToken);
        if (secret is null)
        {
            return (null, $"spec.clientSecretRef.name: the Secret {reference.Name} does not exist; create it with the key {reference.Key}");
        }

        // The line break that an editor or echo leaves behind is no part of a secret.
        return Text(secret, reference.Key)?.Trim() is { Length: > 0 } value
            ? (new Sensitive(value), null)
            : (null, $"spec.clientSecretRef.key: the Secret {reference.Name} has no value under {reference.Key}; "
                + $"it has {(secret.Data is { Count: > 0 } data ? string.Join(", ", data.Keys.Order(StringComparer.Ordinal)) : "no keys")}");
    }

    /// <summary>What a Secret is to a resource.</summary>
    public static SecretView ViewOf(V1ObjectMeta? secret, M2MOAuthClient resource)
    {
        if (secret is null)
        {
            return new SecretView.Absent();
        }

        var controller = secret.OwnerReferences?.FirstOrDefault(owner => owner.Controller == true);
        if (controller?.Uid != resource.Metadata.Uid)
        {
            return new SecretView.Foreign(controller is null ? "somebody else: it has no controlling owner" : $"{controller.Kind} {controller.Name}");
        }

        return new SecretView.Ours(
            Annotation(secret, WireNames.Annotations.ClientId),
            int.TryParse(Annotation(secret, WireNames.Annotations.Serial), NumberStyles.None, CultureInfo.InvariantCulture, out var serial) ? serial : 0,
            Annotation(secret, WireNames.Annotations.RenderedFrom),
            secret.ResourceVersion);
    }

    /// <summary>
    /// The pair that a Secret of ours holds. Where it does not say whose pair it is, the client on record is recognized by its ID.
    /// Null when no pair can be told.
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
            ? new Pair(id, known ? current!.Serial : ours.Serial, new Sensitive(value), Name: null, known ? current!.CreatedAt : null)
            : null;
    }

    /// <summary>
    /// Whether somebody else gave a Secret of ours the client secret that it holds. Kubernetes keeps who set each field last, and
    /// so tells an edited pair from an edited label without anything of the pair being kept.
    /// </summary>
    public bool IsPairFromOthers(V1Secret secret, SecretSpec? spec)
    {
        var key = Annotation(secret.Metadata, WireNames.Annotations.ClientSecretKey) ?? SecretRenderer.ClientSecretKey(spec);
        return (secret.Metadata.ManagedFields ?? []).Any(entry =>
            entry.Manager != client.FieldManager
            && entry.FieldsV1 is JsonElement { ValueKind: JsonValueKind.Object } fields
            && fields.TryGetProperty("f:data", out var data)
            && data.TryGetProperty("f:" + key, out _));
    }

    /// <summary>Whether a Secret of ours is what <see cref="WriteAsync"/> would make of it; false where it would fail.</summary>
    public static bool IsAsWanted(V1Secret secret, M2MOAuthClient resource, Pair pair, Endpoints endpoints)
    {
        V1Secret wanted;
        try
        {
            wanted = Compose(secret, resource, pair, endpoints);
        }
        catch (SecretRenderException)
        {
            return false;
        }

        return Same(secret.Metadata.Labels, wanted.Metadata.Labels)
            && Same(secret.Metadata.Annotations, wanted.Metadata.Annotations)
            && (secret.Metadata.OwnerReferences ?? []).SequenceEqual(wanted.Metadata.OwnerReferences)
            && secret.Data is { } data
            && data.Count == wanted.Data.Count
            && data.All(value => wanted.Data.TryGetValue(value.Key, out var other) && value.Value.AsSpan().SequenceEqual(other));
    }

    /// <summary>Writes a pair into a resource's Secret.</summary>
    /// <param name="existing">The Secret as it was read, which must be ours; null when there was none.</param>
    /// <param name="resource">Whose Secret.</param>
    /// <param name="pair">The pair.</param>
    /// <param name="endpoints">Where the pair is used.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The Secret as the server keeps it.</returns>
    /// <exception cref="SecretRenderException">The Secret cannot be rendered.</exception>
    /// <exception cref="KubernetesApiException">
    /// <see cref="KubernetesApiException.IsAlreadyExists"/> when there is one by now, <see cref="KubernetesApiException.IsConflict"/> when
    /// it has changed since it was read.
    /// </exception>
    public async Task<V1Secret> WriteAsync(
        V1Secret? existing, M2MOAuthClient resource, Pair pair, Endpoints endpoints, CancellationToken cancellationToken)
    {
        var wanted = Compose(existing, resource, pair, endpoints);
        var written = existing is null
            ? await client.CreateAsync(wanted, cancellationToken)
            : await client.ReplaceAsync(wanted, cancellationToken);
        Observe(written);
        return written;
    }

    /// <summary>Makes a Secret of ours nobody's, so that it outlives the resource.</summary>
    public async Task ReleaseAsync(V1Secret secret, M2MOAuthClient resource, CancellationToken cancellationToken)
    {
        var metadata = secret.Metadata;
        var labels = Copy(metadata.Labels);
        labels.Remove(WireNames.Labels.ManagedBy);
        await client.ReplaceAsync(
            With(secret, new V1ObjectMeta
            {
                Name = metadata.Name,
                NamespaceProperty = metadata.NamespaceProperty,
                ResourceVersion = metadata.ResourceVersion,
                Uid = metadata.Uid,
                Finalizers = metadata.Finalizers,
                Labels = labels,
                Annotations = metadata.Annotations,
                OwnerReferences = [.. (metadata.OwnerReferences ?? []).Where(owner => owner.Uid != resource.Metadata.Uid)],
            }),
            cancellationToken);
    }

    /// <summary>For so few, a list takes much less than a dictionary.</summary>
    private static SortedList<string, string>? InView(IDictionary<string, string>? annotations)
    {
        if (annotations is null)
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

        return kept;
    }

    private void Observe(V1Secret written) => metadata.Observe(new MetadataOf<V1Secret>
    {
        ApiVersion = metadata.Definition.ApiVersion,
        Kind = metadata.Definition.Kind,
        Metadata = written.Metadata,
    });

    private static V1Secret Compose(V1Secret? existing, M2MOAuthClient resource, Pair pair, Endpoints endpoints)
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
        annotations[WireNames.Annotations.RenderedFrom] = SecretRenderer.Fingerprint(spec, endpoints);
        Remember(annotations, WireNames.Annotations.AppliedLabels, spec?.Labels);
        Remember(annotations, WireNames.Annotations.AppliedAnnotations, spec?.Annotations);

        var wanted = With(existing ?? new V1Secret { Type = spec?.Type ?? "Opaque" }, new V1ObjectMeta
        {
            Name = NameOf(resource),
            NamespaceProperty = resource.Metadata.NamespaceProperty,
            ResourceVersion = before?.ResourceVersion,
            Uid = before?.Uid,
            Finalizers = before?.Finalizers,
            Labels = labels,
            Annotations = annotations,
            OwnerReferences = [.. (before?.OwnerReferences ?? []).Where(owner => owner.Uid != resource.Metadata.Uid), OwnerReference(resource)],
        });
        wanted.Data = SecretRenderer.Render(spec, pair.ClientId, pair.ClientSecret, endpoints).ToDictionary();
        return wanted;
    }

    private static V1Secret With(V1Secret secret, V1ObjectMeta metadata) => new()
    {
        Metadata = metadata,
        Data = secret.Data,
        Type = secret.Type,
        Immutable = secret.Immutable,
    };

    private static V1OwnerReference OwnerReference(M2MOAuthClient resource) => new()
    {
        ApiVersion = WireNames.ApiVersion,
        Kind = M2MOAuthClient.KubeKind,
        Name = resource.Metadata.Name,
        Uid = resource.Metadata.Uid,
        Controller = true,
        BlockOwnerDeletion = true,
    };

    /// <summary>What others put there, without what we put there before, with what is wanted now.</summary>
    private static Dictionary<string, string> Merge(
        IDictionary<string, string>? existing, string? applied, IReadOnlyDictionary<string, string>? wanted)
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

    private static bool Same(IDictionary<string, string>? left, IDictionary<string, string>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0)
        && (left is null || left.All(pair => right!.TryGetValue(pair.Key, out var value) && value == pair.Value));

    private static ObjectKey KeyOf(M2MOAuthClient resource) => new(resource.Metadata.NamespaceProperty, NameOf(resource));

    private static string? Annotation(V1ObjectMeta? metadata, string name) =>
        metadata?.Annotations is { } annotations && annotations.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    private static string? Text(V1Secret secret, string key) =>
        secret.Data is { } data && data.TryGetValue(key, out var value) && value is { Length: > 0 } ? Encoding.UTF8.GetString(value) : null;
}
