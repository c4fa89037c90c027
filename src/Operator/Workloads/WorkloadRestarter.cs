using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Workloads;

/// <summary>
/// Restarts the workloads of a resource when its credentials change: each once per change, however often this is retried. The pod template
/// names the client it was restarted for, in case of a crash before that is recorded; the record covers templates that lose it.
/// </summary>
internal sealed class WorkloadRestarter(KubernetesApi api, EventRecorder events)
{
    /// <summary>Maximum number recorded; beyond that only the pod templates show it.</summary>
    private const int MostDone = 1024;

    private readonly Dictionary<WorkloadKind, ResourceClient<Workload>> _clients = Enum.GetValues<WorkloadKind>()
        .ToDictionary(kind => kind, kind => api.For(Workload.DefinitionOf(kind)));

    /// <summary>Restarts all workloads the resource names. A failed one does not hold up the others.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="clientId">The client with the new credentials.</param>
    /// <param name="before">Progress of an earlier attempt; null if none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The progress so far, and a message about what could not be restarted; no problem means nothing is left to do.</returns>
    public async Task<(RestartProgress Progress, string? Problem)> RestartAsync(
        M2MOAuthClient resource,
        string clientId,
        RestartProgress? before,
        CancellationToken cancellationToken
    )
    {
        var references = resource.Spec.RolloutRestart ?? [];
        List<string> problems = [];
        List<string> done = [.. before?.ClientId == clientId ? before.Done ?? [] : []];
        for (var i = 0; i < references.Count; i++)
        {
            try
            {
                await RestartAsync(resource, references[i], clientId, done, cancellationToken);
            }
            catch (WorkloadException exception)
            {
                problems.Add($"spec.rolloutRestart[{i}]: {exception.Message}");
            }
        }

        var progress = new RestartProgress { ClientId = clientId, Done = [.. done.Take(MostDone)] };
        return (progress, problems.Count == 0 ? null : string.Join("; ", problems));
    }

    private async Task RestartAsync(
        M2MOAuthClient resource,
        WorkloadReference reference,
        string clientId,
        List<string> done,
        CancellationToken cancellationToken
    )
    {
        var client = _clients[reference.Kind];
        List<WorkloadException> refused = [];
        foreach (var workload in await FindAsync(client, resource.Metadata.NamespaceProperty, reference, cancellationToken))
        {
            var record = $"{reference.Kind}/{workload.Metadata.Name}";
            if (done.Contains(record))
            {
                continue;
            }

            if (workload.RestartedFor == clientId)
            {
                done.Add(record);
                continue;
            }

            var what = $"{reference.Kind} {workload.Metadata.Name}";
            if (workload.Spec?.Paused == true)
            {
                done.Add(record);
                events.Record(
                    resource,
                    EventType.Warning,
                    Reasons.RestartSkipped,
                    "Restart",
                    $"{what} was not restarted for the new credentials: its rollout is paused"
                );
                continue;
            }

            try
            {
                await client.PatchAsync(ObjectKey.Of(workload), Patch(clientId), subresource: null, cancellationToken);
            }
            catch (KubernetesApiException exception)
            {
                // Others that match the selector may still be restarted.
                refused.Add(Refused("restart", what, exception));
                continue;
            }

            done.Add(record);
            events.Record(
                resource,
                EventType.Normal,
                Reasons.Restarted,
                "Restart",
                $"Restarted {what}, so that it reads the new credentials"
            );
        }

        if (refused is [var first, ..])
        {
            throw refused.Count == 1
                ? first
                : new WorkloadException($"{first.Message}; {refused.Count - 1} more that the selector finds were refused");
        }
    }

    private static async Task<IReadOnlyList<Workload>> FindAsync(
        ResourceClient<Workload> client,
        string @namespace,
        WorkloadReference reference,
        CancellationToken cancellationToken
    )
    {
        var what = reference.Name is { } wanted ? $"{reference.Kind} {wanted}" : $"{reference.Kind}s of the selector";
        try
        {
            if (reference.Name is not { } name)
            {
                return await client.ListAsync(@namespace, SelectorOf(reference.Selector), cancellationToken);
            }

            return await client.GetAsync(new ObjectKey(@namespace, name), cancellationToken) is { } workload
                ? [workload]
                : throw new WorkloadException($"the {reference.Kind} {name} does not exist; create it, or remove it from the list");
        }
        catch (KubernetesApiException exception)
        {
            throw Refused("find", what, exception);
        }
    }

    /// <summary>The API server's refusal, with advice.</summary>
    private static WorkloadException Refused(string verb, string what, KubernetesApiException exception) =>
        new(
            $"the API server refused to {verb} the {what}: {exception.Message.TrimEnd('.')}. "
                + exception.StatusCode switch
                {
                    HttpStatusCode.NotFound => "Create it, or remove it from the list",
                    HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                        "Give the operator's service account the right to get, list and patch it, or change the admission rule that the "
                            + "answer names",
                    HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest =>
                        "Repair the workload, whose present form the API server does not accept",
                    _ => "It is retried; if this stays, repair the webhook or the server that the answer names",
                }
        );

    /// <summary>A selector in query form.</summary>
    private static string SelectorOf(V1LabelSelector? selector) =>
        string.Join(
            ',',
            (selector?.MatchLabels ?? new Dictionary<string, string>())
                .Select(label => $"{label.Key}={label.Value}")
                .Concat(
                    (selector?.MatchExpressions ?? []).Select(requirement =>
                        requirement.OperatorProperty switch
                        {
                            "In" => $"{requirement.Key} in ({string.Join(',', requirement.Values ?? [])})",
                            "NotIn" => $"{requirement.Key} notin ({string.Join(',', requirement.Values ?? [])})",
                            "Exists" => requirement.Key,
                            "DoesNotExist" => $"!{requirement.Key}",
                            var other => throw new WorkloadException(
                                $"the selector's operator {other} is none of In, NotIn, Exists and DoesNotExist"
                            ),
                        }
                    )
                )
        );

    private static byte[] Patch(string clientId) =>
        Encoding.UTF8.GetBytes(
            new JsonObject
            {
                ["spec"] = new JsonObject
                {
                    ["template"] = new JsonObject
                    {
                        ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [WireNames.Annotations.ClientId] = clientId } },
                    },
                },
            }.ToJsonString()
        );

    /// <summary>A workload cannot be restarted as the resource specifies.</summary>
    private sealed class WorkloadException(string message) : Exception(message);
}
