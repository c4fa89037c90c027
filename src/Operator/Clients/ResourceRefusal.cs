using System.Net;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>Outcome when the API server rejects a step, and will reject it again until a person changes something.</summary>
internal static class ResourceRefusal
{
    /// <summary>Changes to the resource are observed at once; changes to the server's rules are not.</summary>
    private static readonly TimeSpan RequeueAfter = TimeSpan.FromMinutes(1);

    /// <summary>How the plan ends; null for any other failure, which is retried with backoff.</summary>
    /// <param name="step">The failed step.</param>
    /// <param name="exception">The server's error.</param>
    public static Step.End? EndOf(Step step, KubernetesApiException exception) =>
        exception switch
        {
            { IsInvalid: true } when step is Step.AddFinalizer => new Step.Stall(
                Reasons.ResourceNotWritten,
                NotWritten(exception.Message),
                RequeueAfter
            ),
            { Refuser: { } refuser } => new Step.Wait(
                Reasons.AdmissionDenied,
                $"{refuser} rejects a write of the operator and has to allow it: {exception.Message}"
            ),
            { IsInvalid: true } => new Step.Wait(
                Reasons.ResourceNotWritten,
                $"the API server refuses what the operator has to write: {exception.Message}"
            ),
            { StatusCode: HttpStatusCode.Forbidden } => new Step.Wait(
                Reasons.ResourceNotWritten,
                $"the operator lacks a permission in this cluster: {exception.Message.TrimEnd('.')}; apply the roles of the operator's "
                    + "release again"
            ),
            _ => null,
        };

    private static string NotWritten(string answer) =>
        "no client is created, because the API server does not take the operator's finalizer and annotation on this resource: "
        + answer.TrimEnd('.')
        + (
            answer.Contains("metadata.annotations", StringComparison.Ordinal)
                ? "; remove annotations, or write shorter ones: together with the operator's they exceed the limit (kubectl's "
                    + "last-applied-configuration counts too)"
                : ""
        );
}
