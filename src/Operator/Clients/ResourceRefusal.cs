using System.Net;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>What it means for a resource that the API server does not take what the operator has to write on it before it creates a client.</summary>
internal static class ResourceRefusal
{
    /// <summary>A change of the resource is seen at once; one of the server's rules is not.</summary>
    private static readonly TimeSpan RequeueAfter = TimeSpan.FromMinutes(1);

    /// <summary>How the plan ends; null when the failure is of another kind, and the step is retried with backoff.</summary>
    /// <param name="step">What failed.</param>
    /// <param name="exception">The server's answer.</param>
    public static Step.End? EndOf(Step step, KubernetesApiException exception) => step is Step.AddFinalizer && exception.IsInvalid
        ? new Step.Stall(
            Reasons.ResourceNotWritten,
            "no client is created, because the API server does not take the operator's finalizer and annotation on this resource: "
                + exception.Message.TrimEnd('.')
                + (exception.Message.Contains("metadata.annotations", StringComparison.Ordinal)
                    ? "; remove annotations, or write shorter ones: all of them together leave the operator's no room (that of kubectl apply counts as well)"
                    : ""),
            RequeueAfter)
        : null;

    /// <summary>The same for whatever an admission policy refuses; null where none did.</summary>
    public static Step.End? ByPolicy(KubernetesApiException exception, M2MOAuthClient resource)
    {
        if (exception.Refuser is not { } refuser)
        {
            return null;
        }

        var message = $"{refuser} refuses what the operator has to write, and has to let it pass: {exception.Message}";
        return resource.Metadata.DeletionTimestamp is null ? new Step.Wait(Reasons.AdmissionDenied, message) : DeletionPlan.Blocked(message, after: null);
    }

    /// <summary>The same for a missing right, and for what the server will refuse again; null for whatever passes by itself.</summary>
    public static Step.End? Lasting(KubernetesApiException exception, M2MOAuthClient resource)
    {
        if (exception.StatusCode is not HttpStatusCode.Forbidden && !exception.IsInvalid)
        {
            return null;
        }

        var message = exception.IsInvalid
            ? $"the API server refuses what the operator has to write: {exception.Message}"
            : $"the operator lacks a right in this cluster: {exception.Message.TrimEnd('.')}; apply the roles of the operator's release again";
        return resource.Metadata.DeletionTimestamp is null ? new Step.Wait(Reasons.ResourceNotWritten, message) : DeletionPlan.Blocked(message, after: null);
    }
}
