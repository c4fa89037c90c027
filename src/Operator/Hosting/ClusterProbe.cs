using System.Net;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Operator.Access;
using Operator.Runtime;

namespace Operator.Hosting;

/// <summary>
/// Waits for the prerequisites: a responding server, our CRDs, and the cluster's identity. It waits indefinitely and reports what is
/// missing.
/// </summary>
internal sealed partial class ClusterProbe(KubernetesApi api, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    // The object need not exist: the response shows whether the server knows the kind.
    private const string AnyName = "carto-operator";

    /// <summary>What is missing, for people; null if nothing is.</summary>
    public string? Missing { get; private set; } = "the API server has not answered yet";

    /// <summary>
    /// Waits until nothing is missing. Returns the cluster's identity: the configured one, otherwise that of kube-system.
    /// </summary>
    /// <param name="configuredId">See <see cref="OperatorOptions.ClusterId"/>.</param>
    /// <param name="onlyNamespaces">See <see cref="OperatorOptions.Namespaces"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<string> WaitAsync(string? configuredId, IReadOnlyList<string> onlyNamespaces, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (true)
        {
            try
            {
                var version = await api.GetVersionAsync(cancellationToken);
                if (onlyNamespaces.Count > 0)
                {
                    await RequireAnyAsync(onlyNamespaces, cancellationToken);
                }
                else
                {
                    await RequireKindsAsync("default", cancellationToken);
                    await RequireKindAsync(Kinds.ClusterAccounts, new ObjectKey(null, AnyName), cancellationToken);
                }

                var id = configuredId ?? await ReadIdAsync(cancellationToken);
                Missing = null;
                Log.Connected(logger, version, id);
                return id;
            }
            catch (MissingException missing)
            {
                Missing = missing.Message;
            }
            catch (KubernetesApiException exception)
            {
                Missing =
                    exception.StatusCode is HttpStatusCode.Forbidden
                        ? $"{exception.Message} (apply config/rbac, or bind its roles to this user)"
                        : exception.Message;
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                // A call that fails during cancellation may throw anything, but being stopped is not a failure.
                cancellationToken.ThrowIfCancellationRequested();

                // Any type: exceptions of broken connections and kubeconfig login plugins are undocumented, and a retry may succeed.
                Missing = $"the API server cannot be reached: {exception.Message}";
            }

            Log.Waiting(logger, Missing, pause);
            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>One inaccessible namespace must not block the others; informers keep retrying it.</summary>
    private async Task RequireAnyAsync(IReadOnlyList<string> namespaces, CancellationToken cancellationToken)
    {
        List<(string Namespace, KubernetesApiException Refusal)> refused = [];
        foreach (var place in namespaces)
        {
            try
            {
                await RequireKindsAsync(place, cancellationToken);
            }
            catch (KubernetesApiException exception) when (exception.StatusCode is HttpStatusCode.Forbidden)
            {
                refused.Add((place, exception));
            }
        }

        if (refused.Count == namespaces.Count)
        {
            throw refused[0].Refusal;
        }

        foreach (var (place, refusal) in refused)
        {
            Log.NotServed(logger, place, refusal.Message);
        }
    }

    private async Task RequireKindsAsync(string @namespace, CancellationToken cancellationToken)
    {
        var anywhere = new ObjectKey(@namespace, AnyName);
        await RequireKindAsync(Kinds.Clients, anywhere, cancellationToken);
        await RequireKindAsync(Kinds.Accounts, anywhere, cancellationToken);
    }

    private async Task RequireKindAsync<T>(ResourceDefinition<T> kind, ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            await api.For(kind).GetAsync(key, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            throw new MissingException(
                $"the server has no {kind.Plural}.{kind.Group}: install the custom resource definitions (kubectl apply -k config/crd)"
            );
        }
    }

    private async Task<string> ReadIdAsync(CancellationToken cancellationToken)
    {
        var system = await api.For(BuiltIn.NamespaceMetadata).GetAsync(new ObjectKey(null, "kube-system"), cancellationToken)
            ?? throw new MissingException("the server has no namespace kube-system, whose uid tells clusters apart: set --cluster-id");
        return Mark.ClusterId(system.Metadata.Uid);
    }

    private sealed class MissingException(string message) : Exception(message);

    private static partial class Log
    {
        [LoggerMessage(610, LogLevel.Information, "Connected to Kubernetes {Version}; this cluster's clients bear the mark {ClusterId}")]
        public static partial void Connected(ILogger logger, string version, string clusterId);

        [LoggerMessage(
            612,
            LogLevel.Warning,
            "Nothing can be done in the namespace {Namespace} until the operator may watch it: {Error} (bind the Role of config/rbac "
                + "there, or take it out of --namespace)"
        )]
        public static partial void NotServed(ILogger logger, string @namespace, string error);

        [LoggerMessage(611, LogLevel.Warning, "Waiting for the cluster: {Missing}; next try in {Pause}")]
        public static partial void Waiting(ILogger logger, string missing, TimeSpan pause);
    }
}
