using System.Net;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>Outcome when the API server rejects what the operator must write to a resource before creating a client.</summary>
internal static class ResourceRefusal
{
    /// <summary>Changes to the resource are observed at once; changes to the server's rules are not.</summary>
    private static readonly TimeSpan RequeueAfter = TimeSpan.FromMinutes(1);

    /// <summary>How the plan ends; null for any other failure, which is retried with backoff.</summary>
    /// <param name="step">The failed step.</param>
    /// <param name="exception">The server's error.</param>
    public static Step.End? EndOf(Step step, KubernetesApiException exception) => step is Step.AddFinalizer && exception.IsInvalid
        ? new Step.Stall(
            Reasons.ResourceNotWritten,
            "no client is created, because the API server does not take the operator's finalizer and annotation on this resource: "
                + exception.Message.TrimEnd('.')
                + (exception.Message.Contains("metadata.annotations", StringComparison.Ordinal)
                    ? "; remove annotations, or write shorter ones: together with the operator's they exceed the limit (kubectl's last-applied-configuration counts too)"
                    : ""),
            RequeueAfter)
        : null;

    /// <summary>Same, for anything an admission policy rejected; null if none did.</summary>
    public static Step.End? ByPolicy(KubernetesApiException exception, M2MOAuthClient resource)
    {
        if (exception.Refuser is not { } refuser)
        {
            return null;
        }

        var message = $"{refuser} rejects a write of the operator and has to allow it: {exception.Message}";
        return resource.Metadata.DeletionTimestamp is null ? new Step.Wait(Reasons.AdmissionDenied, message) : DeletionPlan.Blocked(message, after: null);
    }

    /// <summary>Same, for missing permissions and anything the server will reject again; null for transient failures.</summary>
    public static Step.End? Lasting(KubernetesApiException exception, M2MOAuthClient resource)
    {
        if (exception.StatusCode is not HttpStatusCode.Forbidden && !exception.IsInvalid)
        {
            return null;
        }

        var message = exception.IsInvalid
            ? $"the API server refuses what the operator has to write: {exception.Message}"
            : $"the operator lacks a permission in this cluster: {exception.Message.TrimEnd('.')}; apply the roles of the operator's release again";
        return resource.Metadata.DeletionTimestamp is null ? new Step.Wait(Reasons.ResourceNotWritten, message) : DeletionPlan.Blocked(message, after: null);
    }
}
