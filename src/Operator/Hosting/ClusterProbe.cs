using System.Net;
using Microsoft.Extensions.Logging;
using Operator.Access;
using Operator.Runtime;
using k8s;
using k8s.Models;

namespace Operator.Hosting;

/// <summary>
/// What must be there before anything else makes sense: a server that answers, our kinds, and the identity of the cluster. It waits for
/// each as long as it takes, and says what it waits for.
/// </summary>
internal sealed partial class ClusterProbe(KubernetesApi api, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    // Whether an object of this name exists does not matter: the answer tells whether the server knows the kind.
    private const string AnyName = "carto-operator";

    /// <summary>What is missing, for people; null when all is there.</summary>
    public string? Missing { get; private set; } = "the API server has not answered yet";

    /// <summary>Waits until all is there. Returns the cluster's identity: the configured one or else that of kube-system.</summary>
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
                Missing = exception.StatusCode is HttpStatusCode.Forbidden
                    ? $"{exception.Message} (apply config/rbac, or bind its roles to this user)"
                    : exception.Message;
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                // A call that failed while it was being cancelled says so or not, as it happens: to be stopped is no failure.
                cancellationToken.ThrowIfCancellationRequested();

                // Of whatever type: what a dying connection or a kubeconfig's login plugin throws is not documented, and the next try may work.
                Missing = $"the API server cannot be reached: {exception.Message}";
            }

            Log.Waiting(logger, Missing, pause);
            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>One namespace that is out of reach must not keep the others from being served; the informers go on to ask for it.</summary>
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
                $"the server has no {kind.Plural}.{kind.Group}: install the custom resource definitions (kubectl apply -k config/crd)");
        }
    }

    private async Task<string> ReadIdAsync(CancellationToken cancellationToken)
    {
        var system = await api.For(BuiltIn.NamespaceMetadata).GetAsync(new ObjectKey(null, "kube-system"), cancellationToken)
            ?? throw new MissingException("the server has no namespace kube-system, whose uid tells clusters apart: set --cluster-id");
        return Marker.ClusterId(system.Metadata.Uid);
    }

    private sealed class MissingException(string message) : Exception(message);

    private static partial class Log
    {
        [LoggerMessage(610, LogLevel.Information, "Connected to Kubernetes {Version}; this cluster's clients bear the mark {ClusterId}")]
        public static partial void Connected(ILogger logger, string version, string clusterId);

        [LoggerMessage(612, LogLevel.Warning,
            "Nothing can be done in the namespace {Namespace} until the operator may watch it: {Error} (bind the Role of config/rbac there, or take it out of --namespace)")]
        public static partial void NotServed(ILogger logger, string @namespace, string error);

        [LoggerMessage(611, LogLevel.Warning, "Waiting for the cluster: {Missing}; next try in {Pause}")]
        public static partial void Waiting(ILogger logger, string missing, TimeSpan pause);
    }
}
