using Operator.Carto;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>Maps a failed step to its outcome for the resource.</summary>
internal static class StepFailures
{
    /// <summary>How the plan ends; null if the whole reconcile failed and is retried with backoff.</summary>
    public static Step.End? EndOf(Exception exception, Step step, ClientWork work, DateTimeOffset now)
    {
        var end = exception switch
        {
            CartoException { Error: { Stage: CartoStage.Token, Kind: CartoErrorKind.Forbidden } error } when step is Step.Verify =>
                Preconditions.NoGrant(work.Seen.Pair!, error.Message, now),
            CartoException { Error: var error } => EndOf(error, work.Account.Key.ToString()),
            SecretRenderException => new Step.Stall(Reasons.InvalidSecretTemplate, exception.Message),
            SecretRefusedException => new Step.Wait(Reasons.SecretNotWritten, exception.Message),
            KubernetesApiException refusal => ResourceRefusal.EndOf(step, refusal),
            _ => null,
        };
        return end is not null && work.Resource.Metadata.DeletionTimestamp is not null ? (Step.End)DeletionPlan.Blocked(end) : end;
    }

    /// <summary>Whether the cause may be the account as a whole.</summary>
    public static bool MayBeOfAccount(string reason) =>
        reason is Reasons.CartoUnavailable or Reasons.AccountNotReady or Reasons.UnsupportedApi or Reasons.DeletionBlocked;

    /// <summary>What an error of CARTO means for a resource that is not being deleted.</summary>
    public static Step.End EndOf(CartoError error, string account) =>
        error.Kind switch
        {
            CartoErrorKind.Throttled => new Step.Wait(Reasons.Throttled, error.Message, error.RetryAfter),
            // Without a token CARTO has not examined the resource's request: the account needs fixing.
            _ when error is { Stage: CartoStage.Token, Kind: CartoErrorKind.Rejected or CartoErrorKind.Unsupported } => new Step.Wait(
                Reasons.AccountNotReady,
                $"{account}: {error.Message}"
            ),
            CartoErrorKind.Unauthorized or CartoErrorKind.Untrusted or CartoErrorKind.OwnClientNotListed => new Step.Wait(
                Reasons.AccountNotReady,
                $"{account}: {error.Message}"
            ),
            CartoErrorKind.Forbidden => new Step.Wait(
                Reasons.Forbidden,
                $"CARTO does not permit the user of {account} to do this: {error.Message}"
            ),
            CartoErrorKind.Rejected => new Step.Stall(Reasons.Rejected, $"CARTO refused: {error.Message}"),
            CartoErrorKind.Unsupported => new Step.Stall(Reasons.UnsupportedApi, $"{account}: {error.Message}"),
            // Callers that accept "not found" have checked a list first, and it shows the client.
            CartoErrorKind.NotFound => new Step.Wait(
                Reasons.CartoUnavailable,
                $"CARTO lists the client but answered that it does not exist ({error.Message}); the call is retried"
            ),
            _ => new Step.Wait(Reasons.CartoUnavailable, $"the call to CARTO failed: {error.Message}"),
        };
}
