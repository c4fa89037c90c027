using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using k8s;
using k8s.Models;
using Operator.Benchmarks.Measures;
using Operator.Benchmarks.World;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Benchmarks.Floors;

/// <summary>
/// A bare loop that makes the calls that the operator makes for a resource, over the same HTTP stack and at the same concurrency, and does
/// nothing beside them: no watch, no cache, no decision, nothing that a crash would need. What it takes is what the calls take.
/// </summary>
internal sealed class FloorLoop : IDisposable
{
    private const string Root = $"apis/{WireNames.ApiVersion}/namespaces";

    private readonly FloorPlan _plan;
    private readonly KubernetesCalls _kubernetes;
    private readonly HttpClient _http;
    private readonly CartoCalls _carto;
    private readonly Dictionary<string, (CartoUser User, string Token)> _accounts = [];

    public FloorLoop(FloorPlan plan)
    {
        _plan = plan;
        _kubernetes = new KubernetesCalls(plan.Kubeconfig);
        _http = EmulatorProcess.CreateHttp(plan.Authority);
        _carto = new CartoCalls(_http, plan.TokenUrl);
    }

    public async Task<FloorOutcome> RunAsync(CancellationToken cancellationToken)
    {
        foreach (var user in _plan.Users)
        {
            _accounts[user.Name] = (user, await _carto.TokenAsync(user.ClientId, user.ClientSecret, cancellationToken));
        }

        using var api = new KubernetesApi(KubernetesClientConfiguration.BuildConfigFromConfigFile(_plan.Kubeconfig));
        var resources = _plan.Work == FloorWork.Single ? [] : await api.For(Kinds.Clients).ListAsync(null, null, cancellationToken);
        using var admin = new KubernetesCalls(_plan.AdminKubeconfig);
        return _plan.Work switch
        {
            FloorWork.Create => await LoopAsync(
                resources,
                _plan.Concurrency,
                (resource, token) => CreateAsync(resource, withRest: true, token),
                cancellationToken
            ),
            FloorWork.Rename => await LoopAsync(resources, _plan.Concurrency, RenameAsync, cancellationToken),
            FloorWork.Rotate => await LoopAsync(resources, _plan.Concurrency, RotateAsync, cancellationToken),
            FloorWork.CleanUp => await LoopAsync(resources, _plan.Concurrency, CleanUpAsync, cancellationToken),
            FloorWork.Delete => await LoopAsync(resources, _plan.Concurrency, DeleteAsync, cancellationToken),
            _ => await LoopAsync(
                [.. Enumerable.Range(0, _plan.Samples)],
                concurrency: 1,
                (number, token) => CreateAllAsync(admin, number, token),
                cancellationToken
            ),
        };
    }

    public void Dispose()
    {
        _kubernetes.Dispose();
        _http.Dispose();
    }

    private static async Task<FloorOutcome> LoopAsync<T>(
        IReadOnlyList<T> items,
        int concurrency,
        Func<T, CancellationToken, Task> work,
        CancellationToken cancellationToken
    )
    {
        var clock = TimeProvider.System;
        var seconds = new ConcurrentBag<double>();
        var milliseconds = new ConcurrentBag<double>();
        var before = ProcessSample.Of(Environment.ProcessId);
        var allocated = GC.GetTotalAllocatedBytes();
        var start = clock.GetTimestamp();
        var options = new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(items, options, async (item, token) =>
        {
            var began = clock.GetTimestamp();
            await work(item, token);
            milliseconds.Add(clock.GetElapsedTime(began).TotalMilliseconds);
            seconds.Add(clock.GetElapsedTime(start).TotalSeconds);
        });
        return new FloorOutcome(
            [.. seconds.Order()],
            [.. milliseconds],
            ProcessSample.Of(Environment.ProcessId).CpuSeconds - before.CpuSeconds,
            GC.GetTotalAllocatedBytes() - allocated
        );
    }

    private async Task CreateAllAsync(KubernetesCalls admin, int number, CancellationToken cancellationToken)
    {
        var name = $"single-{number:000000}";
        var created = await admin.PostAsync(
            $"{Root}/{BenchWorld.SingleNamespace}/{M2MOAuthClient.Plural}",
            $$$"""{"apiVersion":"{{{WireNames.ApiVersion}}}","kind":"M2MOAuthClient","metadata":{"name":"{{{name}}}"},"spec":{"accountRef":{"name":"{{{_plan.Users[0].Name}}}"} } }""",
            cancellationToken
        );
        var resource = JsonSerializer.Deserialize(created, ContractsJsonContext.Default.M2MOAuthClient);
        await CreateAsync(resource!, withRest: false, cancellationToken);
    }

    private async Task CreateAsync(M2MOAuthClient resource, bool withRest, CancellationToken cancellationToken)
    {
        var (user, token) = _accounts[resource.Spec.AccountRef.Name];
        var metadata = resource.Metadata;
        var path = PathOf(metadata);
        var marked = $"{resource.Spec.DisplayName} [k8s:000000:{metadata.Uid[..8]}0000-1]";
        await _kubernetes.PatchAsync(
            path,
            $$$"""
            {"metadata":{"uid":"{{{metadata.Uid}}}","resourceVersion":"{{{metadata.ResourceVersion}}}","finalizers":["{{{WireNames.Finalizer}}}"],
            "annotations":{"{{{WireNames.Annotations.Account}}}":"ClusterCartoAccount/{{{user.Name}}}/{{{metadata.Uid}}}/{{{metadata.Uid}}}"} } }
            """,
            cancellationToken
        );
        await _kubernetes.GetAsync(
            $"api/v1/namespaces/{metadata.NamespaceProperty}/secrets/{metadata.Name}",
            HttpStatusCode.NotFound,
            cancellationToken
        );
        var (id, secret) = await _carto.CreateAsync(user, token, marked, cancellationToken);
        await _kubernetes.PostAsync(
            $"api/v1/namespaces/{metadata.NamespaceProperty}/secrets",
            SecretOf(metadata.Name, metadata.Uid, id, secret),
            cancellationToken
        );
        if (!withRest)
        {
            return;
        }

        await _carto.TokenAsync(id, secret, cancellationToken);
        await _kubernetes.PatchAsync($"{path}/status", StatusOf(metadata, user.Name, id, marked), cancellationToken);
        await PostEventAsync(metadata, $"Created the client {id} in CARTO, named {marked}", cancellationToken);
    }

    private async Task RenameAsync(M2MOAuthClient resource, CancellationToken cancellationToken)
    {
        var (user, token) = _accounts[resource.Spec.AccountRef.Name];
        var metadata = resource.Metadata;
        var id = resource.Status!.ClientId!;
        var name = $"{resource.Spec.DisplayName} renamed [k8s:000000:{metadata.Uid[..8]}0000-1]";
        await _carto.RenameAsync(user, token, id, name, cancellationToken);
        await _kubernetes.PatchAsync($"{PathOf(metadata)}/status", StatusOf(metadata, user.Name, id, name), cancellationToken);
        await PostEventAsync(metadata, $"Renamed the client {id} in CARTO to {name}", cancellationToken);
    }

    private async Task RotateAsync(M2MOAuthClient resource, CancellationToken cancellationToken)
    {
        var (user, token) = _accounts[resource.Spec.AccountRef.Name];
        var metadata = resource.Metadata;
        var marked = $"{resource.Spec.DisplayName} [k8s:000000:{metadata.Uid[..8]}0000-2]";
        var secretPath = $"api/v1/namespaces/{metadata.NamespaceProperty}/secrets/{metadata.Name}";
        await _kubernetes.PatchAsync(
            $"{PathOf(metadata)}/status",
            $$$"""{"metadata":{"uid":"{{{metadata.Uid}}}"},"status":{"pending":{"serial":2,"since":"2026-01-01T00:00:00Z"} } }""",
            cancellationToken
        );
        await _kubernetes.GetAsync(secretPath, HttpStatusCode.OK, cancellationToken);
        var (id, secret) = await _carto.CreateAsync(user, token, marked, cancellationToken);
        await _carto.TokenAsync(id, secret, cancellationToken);
        await _kubernetes.PutAsync(secretPath, SecretOf(metadata.Name, metadata.Uid, id, secret), cancellationToken);
        await _kubernetes.PatchAsync(
            $"{PathOf(metadata)}/status",
            StatusOf(metadata, user.Name, id, marked, replaced: resource.Status!.ClientId),
            cancellationToken
        );
        await PostEventAsync(metadata, $"Created the client {id} in CARTO, named {marked}", cancellationToken);
        await PostEventAsync(metadata, $"The Secret holds another pair, of the client {id}", cancellationToken);
    }

    private async Task CleanUpAsync(M2MOAuthClient resource, CancellationToken cancellationToken)
    {
        var (user, token) = _accounts[resource.Spec.AccountRef.Name];
        foreach (var retiring in resource.Status!.Retiring ?? [])
        {
            await _carto.DeleteAsync(user, token, retiring.ClientId, cancellationToken);
        }
    }

    private async Task DeleteAsync(M2MOAuthClient resource, CancellationToken cancellationToken)
    {
        var (user, token) = _accounts[resource.Spec.AccountRef.Name];
        var metadata = resource.Metadata;
        var id = resource.Status!.ClientId!;
        await _carto.DeleteAsync(user, token, id, cancellationToken);
        await _kubernetes.PatchAsync(
            PathOf(metadata),
            $$$"""{"metadata":{"uid":"{{{metadata.Uid}}}","resourceVersion":"{{{metadata.ResourceVersion}}}","finalizers":[]} }""",
            cancellationToken
        );
        await PostEventAsync(metadata, $"Revoked the client {id} in CARTO", cancellationToken);
    }

    private static string PathOf(V1ObjectMeta metadata) => $"{Root}/{metadata.NamespaceProperty}/{M2MOAuthClient.Plural}/{metadata.Name}";

    private Task<byte[]> PostEventAsync(V1ObjectMeta about, string note, CancellationToken cancellationToken) =>
        _kubernetes.PostAsync(
            $"apis/events.k8s.io/v1/namespaces/{about.NamespaceProperty}/events",
            $$$"""
            {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"{{{about.Name}}}.{{{Guid.NewGuid():N}}}"},"eventTime":"2026-01-01T00:00:00.000000Z",
            "reportingController":"bench/floor","reportingInstance":"floor","action":"Create","reason":"Created","type":"Normal","note":"{{{note}}}",
            "regarding":{"apiVersion":"{{{WireNames.ApiVersion}}}","kind":"M2MOAuthClient","namespace":"{{{about.NamespaceProperty}}}","name":"{{{about.Name}}}","uid":"{{{about.Uid}}}"} }
            """,
            cancellationToken
        );

    private string SecretOf(string name, string uid, string id, string secret) =>
        $$$"""
            {"apiVersion":"v1","kind":"Secret","type":"Opaque","metadata":{"name":"{{{name}}}","labels":{"{{{WireNames.Labels.ManagedBy}}}":"{{{WireNames.Manager}}}"},
            "annotations":{"{{{WireNames.Annotations.ClientId}}}":"{{{id}}}","{{{WireNames.Annotations.Serial}}}":"1","{{{WireNames.Annotations.ResourceUid}}}":"{{{uid}}}",
            "{{{WireNames.Annotations.ClientSecretKey}}}":"{{{WireNames.SecretKeys.ClientSecret}}}","{{{WireNames.Annotations.RenderedFrom}}}":"0123456789abcdef"},
            "ownerReferences":[{"apiVersion":"{{{WireNames.ApiVersion}}}","kind":"M2MOAuthClient","name":"{{{name}}}","uid":"{{{uid}}}","controller":true}]},
            "data":{"{{{WireNames.SecretKeys.ClientId}}}":"{{{Base64(id)}}}","{{{WireNames.SecretKeys.ClientSecret}}}":"{{{Base64(
                secret
            )}}}",
            "{{{WireNames.SecretKeys.ApiBaseUrl}}}":"{{{Base64(
                _plan.TokenUrl.ToString()
            )}}}","{{{WireNames.SecretKeys.TokenUrl}}}":"{{{Base64(_plan.TokenUrl.ToString())}}}",
            "{{{WireNames.SecretKeys.Audience}}}":"{{{Base64("carto-cloud-native-api")}}}"} }
            """;

    private static string StatusOf(V1ObjectMeta metadata, string account, string id, string marked, string? replaced = null)
    {
        var retiring = replaced is null ? "null" : $$"""[{"clientId":"{{replaced}}","revokeAfter":"2030-01-01T00:00:00Z"}]""";
        return $$$"""
            {"metadata":{"uid":"{{{metadata.Uid}}}"},"status":{"observedGeneration":1,"resourceUid":"{{{metadata.Uid}}}","clientId":"{{{id}}}","displayName":"{{{marked}}}",
            "secretName":"{{{metadata.Name}}}","secretResourceVersion":"1","pending":null,"retiring":{{{retiring}}},
            "account":{"kind":"ClusterCartoAccount","name":"{{{account}}}","uid":"{{{metadata.Uid}}}"},
            "current":{"clientId":"{{{id}}}","serial":1,"createdAt":"2026-01-01T00:00:00Z"},
            "conditions":[{{{ConditionOf("Ready", "the Secret holds working credentials")}}},
            {{{ConditionOf("Synced", "CARTO and the Secret are as the resource specifies")}}},{{{ConditionOf(
                "CredentialsVerified",
                "a token was obtained with the credentials"
            )}}}]} }
            """;
    }

    private static string ConditionOf(string type, string message) =>
        $$"""{"type":"{{type}}","status":"True","reason":"Available","message":"{{message}}","observedGeneration":1,"lastTransitionTime":"2026-01-01T00:00:00Z"}""";

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
