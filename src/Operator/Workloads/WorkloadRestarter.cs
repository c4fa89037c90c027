using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Workloads;

/// <summary>
/// Restarts the workloads of a resource when its pair has changed. Each pod template bears the client that it was restarted for, so that
/// no workload is restarted twice for one change, however often this is tried.
/// </summary>
internal sealed class WorkloadRestarter(KubernetesApi api, EventRecorder events)
{
    private readonly Dictionary<WorkloadKind, ResourceClient<Workload>> _clients =
        Enum.GetValues<WorkloadKind>().ToDictionary(kind => kind, kind => api.For(Workload.DefinitionOf(kind)));

    /// <summary>Restarts all that the resource names. One that cannot be does not hold up the others.</summary>
    /// <returns>What could not be restarted, for people; null when nothing is left to do.</returns>
    public async Task<string?> RestartAsync(M2MOAuthClient resource, string clientId, CancellationToken cancellationToken)
    {
        var references = resource.Spec.RolloutRestart ?? [];
        List<string> problems = [];
        for (var i = 0; i < references.Count; i++)
        {
            try
            {
                await RestartAsync(resource, references[i], clientId, cancellationToken);
            }
            catch (WorkloadException exception)
            {
                problems.Add($"spec.rolloutRestart[{i}]: {exception.Message}");
            }
            catch (KubernetesApiException exception)
                when (exception.Refuser is not null || exception.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.UnprocessableEntity)
            {
                problems.Add($"spec.rolloutRestart[{i}]: {exception.Message}");
            }
        }

        return problems.Count == 0 ? null : string.Join("; ", problems);
    }

    private async Task RestartAsync(M2MOAuthClient resource, WorkloadReference reference, string clientId, CancellationToken cancellationToken)
    {
        var client = _clients[reference.Kind];
        foreach (var workload in await FindAsync(client, resource.Metadata.NamespaceProperty, reference, cancellationToken))
        {
            if (workload.RestartedFor == clientId)
            {
                continue;
            }

            var what = $"{reference.Kind} {workload.Metadata.Name}";
            if (workload.Spec?.Paused == true)
            {
                events.Record(
                    resource, EventType.Warning, Reasons.RestartSkipped, "Restart", $"{what} was not restarted for the new pair: its rollout is paused");
                continue;
            }

            await client.PatchAsync(ObjectKey.Of(workload), Patch(clientId), subresource: null, cancellationToken);
            events.Record(resource, EventType.Normal, Reasons.Restarted, "Restart", $"Restarted {what}, so that it reads the new pair");
        }
    }

    private static async Task<IReadOnlyList<Workload>> FindAsync(
        ResourceClient<Workload> client, string @namespace, WorkloadReference reference, CancellationToken cancellationToken)
    {
        if (reference.Name is not { } name)
        {
            return await client.ListAsync(@namespace, SelectorOf(reference.Selector), cancellationToken);
        }

        return await client.GetAsync(new ObjectKey(@namespace, name), cancellationToken) is { } workload
            ? [workload]
            : throw new WorkloadException($"the {reference.Kind} {name} does not exist; create it, or remove it from the list");
    }

    /// <summary>A selector in the form of a query.</summary>
    private static string SelectorOf(V1LabelSelector? selector) => string.Join(
        ',',
        (selector?.MatchLabels ?? new Dictionary<string, string>()).Select(label => $"{label.Key}={label.Value}")
            .Concat((selector?.MatchExpressions ?? []).Select(requirement => requirement.OperatorProperty switch
            {
                "In" => $"{requirement.Key} in ({string.Join(',', requirement.Values ?? [])})",
                "NotIn" => $"{requirement.Key} notin ({string.Join(',', requirement.Values ?? [])})",
                "Exists" => requirement.Key,
                "DoesNotExist" => $"!{requirement.Key}",
                var other => throw new WorkloadException($"the selector's operator {other} is none of In, NotIn, Exists and DoesNotExist"),
            })));

    private static byte[] Patch(string clientId) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["spec"] = new JsonObject
        {
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["annotations"] = new JsonObject { [WireNames.Annotations.ClientId] = clientId },
                },
            },
        },
    }.ToJsonString());

    /// <summary>A workload cannot be restarted as the resource asks.</summary>
    private sealed class WorkloadException(string message) : Exception(message);
}
