using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Operator.Clients;
using Operator.Commands.Tools;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Commands;

/// <summary>A requested rotation.</summary>
/// <param name="api">The API server.</param>
/// <param name="key">Which resource.</param>
/// <param name="progress">Shows progress.</param>
/// <param name="time">Clock.</param>
internal sealed class RotationRequest(KubernetesApi api, ObjectKey key, Progress progress, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // An earlier stall may persist until the operator reconciles again.
    private static readonly TimeSpan StallIsOld = TimeSpan.FromSeconds(5);

    private readonly ResourceClient<M2MOAuthClient> _resources = api.For(Kinds.Clients);
    private readonly ResourceClient<MetadataOf<V1Secret>> _secrets = api.For(BuiltIn.SecretMetadata);

    /// <summary>Sends it.</summary>
    /// <exception cref="ToolException">The operator would not handle it.</exception>
    public async Task<RotationReport> SendAsync(CancellationToken cancellationToken)
    {
        var resource = await _resources.GetAsync(key, cancellationToken)
            ?? throw Failure($"there is no {M2MOAuthClient.KubeKind} {key}: kubectl get m2m --all-namespaces shows all");
        if (resource.Metadata.DeletionTimestamp is not null)
        {
            throw Failure($"{key} is being deleted: there is nothing to rotate");
        }

        if (resource.Spec.Suspend)
        {
            throw Failure($"{key} is suspended: set spec.suspend to false first");
        }

        if (resource.Record()?.Current is not { } current)
        {
            throw Failure($"{key} has no client yet, so there is nothing to rotate{State(resource)}");
        }

        var request = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

        // The uid ensures that this is not a later resource of the same name.
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = resource.Metadata.Uid,
                ["annotations"] = new JsonObject { [WireNames.Annotations.RotateRequestedAt] = request },
            },
        };
        await _resources.PatchAsync(
            key,
            JsonSerializer.SerializeToUtf8Bytes(patch, ToolJsonContext.Readable.JsonObject),
            subresource: null,
            cancellationToken
        );
        return new RotationReport(key.Namespace!, key.Name, request, current.ClientId, ClientId: null, CredentialsSecrets.NameOf(resource));
    }

    /// <summary>Waits until the Secret holds the new credentials.</summary>
    /// <exception cref="ToolException">The rotation fails; the message explains why.</exception>
    public async Task<RotationReport> WaitAsync(RotationReport report, TimeSpan limit, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        string? shown = null;
        while (true)
        {
            var resource = await _resources.GetAsync(key, cancellationToken) ?? throw Failure($"{key} was deleted meanwhile");
            if (await IsDoneAsync(resource, report, cancellationToken))
            {
                return report with { ClientId = resource.Record()!.Current!.ClientId };
            }

            var waited = time.GetElapsedTime(begun);
            var state = State(resource);
            if (
                waited >= StallIsOld
                && ConditionSet.Find(resource.Status?.Conditions, ConditionTypes.Stalled) is { Status: "True" } stalled
            )
            {
                throw Failure($"{key} is not rotated: {stalled.Reason}: {stalled.Message}");
            }

            if (waited >= limit)
            {
                throw Failure(
                    Rotation.RequestOf(resource) == report.Request && resource.Status?.LastHandledRotateAt != report.Request
                        ? $"{key} is not rotated after {limit.TotalSeconds:0} s: no operator has taken up the request{state}. It stays "
                            + "in force; see whether the operator "
                            + "runs, and whether it watches this namespace"
                        : $"{key} is not rotated after {limit.TotalSeconds:0} s{state}. The operator goes on with it"
                );
            }

            if (state != shown)
            {
                progress.Say($"waiting for the new credentials of {key}{state}");
                shown = state;
            }

            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    private async Task<bool> IsDoneAsync(M2MOAuthClient resource, RotationReport report, CancellationToken cancellationToken) =>
        resource.Record() is { Pending: null, Current: { } current } status
        && status.LastHandledRotateAt == report.Request
        && current.ClientId != report.ReplacedClientId
        && await _secrets.GetAsync(new ObjectKey(key.Namespace, report.Secret), cancellationToken) is { } secret
        && secret.Metadata.Annotations.Find(WireNames.Annotations.ClientId) == current.ClientId;

    /// <summary>The conditions, as the end of a sentence.</summary>
    private static string State(M2MOAuthClient resource)
    {
        var conditions = resource.Status?.Conditions;
        var condition = ((string[])[ConditionTypes.Stalled, ConditionTypes.Reconciling])
            .Select(type => ConditionSet.Find(conditions, type))
            .FirstOrDefault(found => found is { Status: "True" })
            ?? ConditionSet.Find(conditions, ConditionTypes.Ready);
        return condition is null ? "" : $" ({condition.Reason}: {condition.Message})";
    }

    private static ToolException Failure(string message) => new(ExitCodes.Failed, message);
}

/// <summary>What <c>operator rotate</c> did.</summary>
/// <param name="Namespace">Namespace of the resource.</param>
/// <param name="Name">Its name.</param>
/// <param name="Request">Value of the annotation.</param>
/// <param name="ReplacedClientId">The client that is replaced.</param>
/// <param name="ClientId">The client whose credentials the Secret now holds; null if not waited for.</param>
/// <param name="Secret">The Secret.</param>
internal sealed record RotationReport(
    string Namespace,
    string Name,
    string Request,
    string ReplacedClientId,
    string? ClientId,
    string Secret
)
{
    /// <summary>For people.</summary>
    public void Write(TextWriter output) =>
        output.Write(
            ClientId is null
                ? $"asked for a rotation of {Namespace}/{Name}\n"
                : $"{Namespace}/{Name} is rotated: the Secret {Secret} holds the credentials of {ClientId} instead of those of "
                    + $"{ReplacedClientId}\n"
        );
}
