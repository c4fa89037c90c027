using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>A client for one kind. It never retries: only the work queue does.</summary>
/// <remarks>How calls fail: see <see cref="KubernetesApi"/>.</remarks>
public sealed class ResourceClient<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private const string PartialObject = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
    private const string PartialList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
    private const string MergePatchType = "application/merge-patch+json";
    private static readonly bool MetadataOnly = typeof(T).IsAssignableTo(typeof(IMetadataOnly));

    private static readonly ConditionalWeakTable<T, object> WithoutStatus = [];

    private readonly KubernetesApi _api;
    private readonly string _root;
    private readonly string _writeQuery;
    private readonly JsonTypeInfo<T> _whole;
    private readonly JsonTypeInfo<T> _slim;

    internal ResourceClient(KubernetesApi api, ResourceDefinition<T> definition)
    {
        _api = api;
        Definition = definition;
        _root = definition.Group.Length == 0 ? $"api/{definition.Version}" : $"apis/{definition.Group}/{definition.Version}";
        _writeQuery = "?fieldManager=" + Uri.EscapeDataString(api.Options.FieldManager);
        _whole = WireJson.WithoutManagedFields(definition.Json);
        _slim = WireJson.Slim(definition.Json);
    }

    /// <summary>The kind.</summary>
    public ResourceDefinition<T> Definition { get; }

    /// <summary>The manager name in <c>managedFields</c> for writes, see <see cref="KubernetesApiOptions.FieldManager"/>.</summary>
    public string FieldManager => _api.Options.FieldManager;

    /// <summary>Reads an object from the server; null if there is none.</summary>
    public Task<T?> GetAsync(ObjectKey key, CancellationToken cancellationToken) => FindAsync(key, _whole, cancellationToken);

    /// <summary>Like <see cref="GetAsync"/>, but with <c>managedFields</c>.</summary>
    public Task<T?> GetWithManagedFieldsAsync(ObjectKey key, CancellationToken cancellationToken) =>
        FindAsync(key, Definition.Json, cancellationToken);

    /// <summary>
    /// Lists the objects of a namespace that match a label selector. Meant for occasional use; to track objects, use an informer.
    /// </summary>
    /// <param name="namespace">The namespace; null for all.</param>
    /// <param name="labelSelector">As in <c>app=x,tier!=y</c>; null for all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="IOException">One of the objects cannot be decoded.</exception>
    public async Task<IReadOnlyList<T>> ListAsync(string? @namespace, string? labelSelector, CancellationToken cancellationToken)
    {
        const int PageSize = 500;
        var all = new List<T>();
        using var buffer = new PooledBuffer();
        string? next = null;
        do
        {
            var page = await ListPageAsync(new ListScope(@namespace, labelSelector, null), PageSize, next, buffer, cancellationToken);
            if (page.Malformed is [var malformed, ..])
            {
                throw new IOException($"A {Definition.Kind} ({malformed.Key}) cannot be decoded: {malformed.Error}");
            }

            all.AddRange(page.Items);
            next = page.Continue;
        } while (next is not null);

        return all;
    }

    /// <summary>Creates an object and returns it as stored by the server.</summary>
    /// <exception cref="KubernetesApiException"><see cref="KubernetesApiException.IsAlreadyExists"/> if the name is taken.</exception>
    public Task<T> CreateAsync(T value, CancellationToken cancellationToken)
    {
        var key = ObjectKey.Of(value);
        return CallAsync(
            new ApiCall("create", Definition.Plural, HttpMethod.Post, PathOf(key.Namespace) + _writeQuery)
            {
                Key = key,
                Body = Encode(value),
            },
            _whole,
            cancellationToken
        );
    }

    /// <summary>
    /// Replaces a whole object if it still has the resourceVersion of <paramref name="value"/>. Start from what <see cref="GetAsync"/> or
    /// another call returned, not from an object of a store or a patch: those lack some annotations, which the server would then drop.
    /// </summary>
    /// <exception cref="ArgumentException">The object has no resourceVersion.</exception>
    /// <exception cref="KubernetesApiException"><see cref="KubernetesApiException.IsConflict"/> if it has changed since.</exception>
    public Task<T> ReplaceAsync(T value, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(value.Metadata.ResourceVersion))
        {
            throw new ArgumentException("Without a resourceVersion, changes by others would be overwritten.", nameof(value));
        }

        var key = ObjectKey.Of(value);
        return CallAsync(
            new ApiCall("update", Definition.Plural, HttpMethod.Put, PathOf(key) + _writeQuery) { Key = key, Body = Encode(value) },
            _whole,
            cancellationToken
        );
    }

    /// <summary>Dry-runs a write, including admission. An object with a resourceVersion is an update, one without is a create.</summary>
    /// <exception cref="KubernetesApiException">The write would be rejected.</exception>
    public Task DryRunAsync(T value, CancellationToken cancellationToken)
    {
        var key = ObjectKey.Of(value);
        var isNew = string.IsNullOrEmpty(value.Metadata.ResourceVersion);
        var path = (isNew ? PathOf(key.Namespace) : PathOf(key)) + _writeQuery + "&dryRun=All";
        return CallAsync(
            new ApiCall(isNew ? "create" : "update", Definition.Plural, isNew ? HttpMethod.Post : HttpMethod.Put, path)
            {
                Key = key,
                Body = Encode(value),
            },
            _whole,
            cancellationToken
        );
    }

    /// <summary>
    /// Applies a JSON merge patch (RFC 7386) and returns the object as stored by the server. With <c>metadata.resourceVersion</c> in the
    /// patch it only applies to that version.
    /// </summary>
    /// <param name="key">Which object.</param>
    /// <param name="mergePatch">The patch.</param>
    /// <param name="subresource">Such as <c>status</c>; null for the object itself.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<T> PatchAsync(ObjectKey key, ReadOnlyMemory<byte> mergePatch, string? subresource, CancellationToken cancellationToken)
    {
        var path = subresource is null ? PathOf(key) : $"{PathOf(key)}/{subresource}";
        return CallAsync(
            new ApiCall("patch", Definition.Plural, HttpMethod.Patch, path + _writeQuery)
            {
                Key = key,
                Accept = AcceptObject,
                Body = mergePatch,
                ContentType = MergePatchType,
            },
            _slim,
            cancellationToken
        );
    }

    /// <summary>Requests the deletion of an object. Finalizers may delay it.</summary>
    /// <param name="key">Which object.</param>
    /// <param name="uid">If set, only the object with this uid is deleted, not a later one of the same name.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>False if there was no such object.</returns>
    /// <exception cref="KubernetesApiException"><see cref="KubernetesApiException.IsConflict"/> if the uid differs.</exception>
    public async Task<bool> DeleteAsync(ObjectKey key, string? uid, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>(160);
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            writer.WriteString("apiVersion", "v1");
            writer.WriteString("kind", "DeleteOptions");
            writer.WriteString("propagationPolicy", "Background");
            if (uid is not null)
            {
                writer.WriteStartObject("preconditions");
                writer.WriteString("uid", uid);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        try
        {
            var call = new ApiCall("delete", Definition.Plural, HttpMethod.Delete, PathOf(key)) { Key = key, Body = body.WrittenMemory };
            using var answer = await _api.CallAsync(call, cancellationToken);
            return true;
        }
        catch (KubernetesApiException exception) when (exception is { IsNotFound: true, NamesObject: true })
        {
            return false;
        }
    }

    /// <summary>Reads one page of a list. Objects that cannot be decoded are reported and left out.</summary>
    /// <param name="scope">Which objects.</param>
    /// <param name="limit">Maximum number of objects.</param>
    /// <param name="continueToken">From the previous page; null for the first one.</param>
    /// <param name="buffer">Buffer for the response. A page can be megabytes, so share one for all pages of a list.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    internal async Task<ListPage<T>> ListPageAsync(
        ListScope scope,
        int limit,
        string? continueToken,
        PooledBuffer buffer,
        CancellationToken cancellationToken
    )
    {
        var path = new StringBuilder(PathOf(scope.Namespace)).Append("?limit=").Append(limit);
        AppendSelectors(path, scope);
        if (continueToken is not null)
        {
            path.Append("&continue=").Append(Uri.EscapeDataString(continueToken));
        }

        var call = new ApiCall("list", Definition.Plural, HttpMethod.Get, path.ToString())
        {
            Accept = MetadataOnly ? PartialList : "application/json",
        };
        await _api.CallAsync(call, buffer, cancellationToken);
        return ListPage<T>.Decode(buffer.Span, this);
    }

    /// <summary>Opens a watch that continues from a resourceVersion.</summary>
    internal async Task<WatchStream<T>> WatchAsync(
        ListScope scope,
        string resourceVersion,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        var path = new StringBuilder(PathOf(scope.Namespace))
            .Append("?watch=true&allowWatchBookmarks=true&resourceVersion=")
            .Append(Uri.EscapeDataString(resourceVersion))
            .Append("&timeoutSeconds=")
            .Append(((long)Math.Ceiling(timeout.TotalSeconds)).ToString(CultureInfo.InvariantCulture));
        AppendSelectors(path, scope);
        var call = new ApiCall("watch", Definition.Plural, HttpMethod.Get, path.ToString()) { Accept = AcceptObject };
        var response = await _api.OpenAsync(call, cancellationToken);
        try
        {
            return new WatchStream<T>(this, response, await response.Content.ReadAsStreamAsync(cancellationToken));
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Decodes an object for the store.</summary>
    /// <exception cref="JsonException">It is not a valid object.</exception>
    internal T Decode(ReadOnlySpan<byte> json) => Decode(json, _slim);

    private static string AcceptObject => MetadataOnly ? PartialObject : "application/json";

    private async Task<T?> FindAsync(ObjectKey key, JsonTypeInfo<T> json, CancellationToken cancellationToken)
    {
        try
        {
            var call = new ApiCall("get", Definition.Plural, HttpMethod.Get, PathOf(key)) { Key = key, Accept = AcceptObject };
            return await CallAsync(call, json, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception is { IsNotFound: true, NamesObject: true })
        {
            return null;
        }
    }

    private async Task<T> CallAsync(ApiCall call, JsonTypeInfo<T> json, CancellationToken cancellationToken)
    {
        using var answer = await _api.CallAsync(call, cancellationToken);
        try
        {
            return Decode(answer.Span, json);
        }
        catch (JsonException exception)
        {
            // A dropped connection can look like a complete response; as with any other, it is unknown whether a write took effect.
            throw new IOException($"{call.Describe()} was answered with something that is not a {Definition.Kind}.", exception);
        }
    }

    /// <summary>Whether an object was decoded without its status, which could not be read.</summary>
    internal static bool HasUnreadableStatus(T value) => WithoutStatus.TryGetValue(value, out _);

    private T Decode(ReadOnlySpan<byte> json, JsonTypeInfo<T> info)
    {
        try
        {
            return DecodeWhole(json, info);
        }
        catch (JsonException) when (StatusMember.CutFrom(json) is { } rest)
        {
            // The status is rebuilt by its controller, so a malformed one must not hide the object.
            var value = DecodeWhole(rest, info);
            WithoutStatus.AddOrUpdate(value, value);
            return value;
        }
    }

    private T DecodeWhole(ReadOnlySpan<byte> json, JsonTypeInfo<T> info)
    {
        T? value;
        try
        {
            value = JsonSerializer.Deserialize(json, info);
        }
        catch (Exception exception) when (exception is not JsonException and not OutOfMemoryException)
        {
            // Converters of third-party types may throw anything.
            throw new JsonException(exception.Message, exception);
        }

        if (value?.Metadata is not { Name.Length: > 0 })
        {
            throw new JsonException("The object has no name.");
        }

        // Lists omit both for built-in kinds, and metadata-only responses name the partial type. This also shares one string.
        value.ApiVersion = Definition.ApiVersion;
        value.Kind = Definition.Kind;
        return value;
    }

    private byte[] Encode(T value)
    {
        if (MetadataOnly)
        {
            throw new NotSupportedException("Metadata alone cannot be written as an object; use a patch.");
        }

        value.ApiVersion = Definition.ApiVersion;
        value.Kind = Definition.Kind;
        return JsonSerializer.SerializeToUtf8Bytes(value, Definition.Json);
    }

    private string PathOf(string? @namespace) =>
        Definition.Namespaced && @namespace is not null
            ? $"{_root}/namespaces/{Uri.EscapeDataString(@namespace)}/{Definition.Plural}"
            : $"{_root}/{Definition.Plural}";

    private string PathOf(ObjectKey key) =>
        Definition.Namespaced && key.Namespace is null
            ? throw new ArgumentException($"A {Definition.Kind} has a namespace; {key} has none.", nameof(key))
            : $"{PathOf(key.Namespace)}/{Uri.EscapeDataString(key.Name)}";

    private static void AppendSelectors(StringBuilder path, ListScope scope)
    {
        if (scope.LabelSelector is { } labels)
        {
            path.Append("&labelSelector=").Append(Uri.EscapeDataString(labels));
        }

        if (scope.FieldSelector is { } fields)
        {
            path.Append("&fieldSelector=").Append(Uri.EscapeDataString(fields));
        }
    }
}

/// <summary>The objects a list or watch covers.</summary>
internal readonly record struct ListScope(string? Namespace, string? LabelSelector, string? FieldSelector);
