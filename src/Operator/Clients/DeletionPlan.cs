using Operator.Contracts;
using Operator.Drift;

namespace Operator.Clients;

/// <summary>
/// The part of <see cref="Plan"/> for a resource that is being deleted: what it has in CARTO is revoked first, and the finalizer goes last.
/// Revoking never needs the credentials Secret.
/// </summary>
internal static class DeletionPlan
{
    public static Step Decide(M2MOAuthClient resource, Observation seen, DateTimeOffset now)
    {
        if (!Plan.HasFinalizer(resource))
        {
            return new Step.Gone();
        }

        if (resource.Metadata.Annotations?.TryGetValue(WireNames.Annotations.Abandon, out var abandon) == true && abandon == "true")
        {
            return new Step.RemoveFinalizer();
        }

        if (PolicyOf(resource) == DeletionPolicy.Retain)
        {
            return Retain(seen, now);
        }

        if (Plan.MayRevoke(seen.Account) is { } end)
        {
            return Blocked(end);
        }

        if (RevokeUnrecorded(seen, now) is { } unrecorded)
        {
            return unrecorded;
        }

        if (IsUnsure(seen) && seen.AccountMayBeAnother)
        {
            return Blocked(
                "the account of that name is another one than that in which a client may have been created: give it the former credentials again", after: null);
        }

        if (DriftSteps.Strays(seen) is { } step)
        {
            return step;
        }

        var left = (seen.Status.Retiring is [var retiring, ..] ? retiring.ClientId : null) ?? seen.Status.Current?.ClientId;
        if (left is null)
        {
            return new Step.RemoveFinalizer();
        }

        var refusal = seen.OutOfSight.Contains(left) ? Plan.OutOfSight(left) : Plan.MayRevoke(seen.AccountOf(left));
        return refusal is null ? new Step.Revoke(left) : Blocked(refusal);
    }

    /// <summary>
    /// The client and its Secret stay; those that it replaced, or that were to replace it, go, unless their account is the very thing that
    /// is in the way.
    /// </summary>
    private static Step Retain(Observation seen, DateTimeOffset now)
    {
        if (seen.Status.Retiring?.FirstOrDefault(retiring => seen.AccountOf(retiring.ClientId) is not AccountView.Unavailable) is { } replaced)
        {
            return Plan.MayRevoke(seen.AccountOf(replaced.ClientId)) ?? new Step.Revoke(replaced.ClientId);
        }

        if (!seen.SecretIsLive)
        {
            return new Step.ReadSecret();
        }

        // Of an interrupted rotation, nobody has the pair.
        if (seen is { Status: { Current: not null, Pending: not null }, Account: not AccountView.Unavailable }
            && (Plan.MayRevoke(seen.Account) ?? RevokeUnrecorded(seen, now)) is { } unrecorded)
        {
            return unrecorded;
        }

        return seen.Secret is SecretView.Ours ? new Step.ReleaseSecret() : new Step.RemoveFinalizer();
    }

    /// <summary>A client may have been created of which there is no record yet.</summary>
    private static bool IsUnsure(Observation seen) => !seen.NoCreateOutstanding && (seen.Status.Current is null || seen.Status.Pending is not null);

    /// <summary>Revokes what was created and not recorded, as far as can be told; null when there is nothing.</summary>
    private static Step? RevokeUnrecorded(Observation seen, DateTimeOffset now)
    {
        var recorded = seen.Status.Current?.Serial ?? 0;
        if (seen.Pair is { } held && held.Serial > recorded)
        {
            return new Step.Revoke(held.ClientId);
        }

        if (!IsUnsure(seen))
        {
            return null;
        }

        if (seen.Marked is null)
        {
            return new Step.FindByMarker();
        }

        return seen.Unrecorded is [var stray, ..] ? new Step.Revoke(stray.ClientId)
            : seen.HighestSerialSeen <= recorded ? Plan.StillInGrace(seen, now)
            : null;
    }

    /// <summary>A deletion that has to wait, and the way out that a person has.</summary>
    public static Step.Wait Blocked(string cause, TimeSpan? after) => new(
        Reasons.DeletionBlocked,
        $"the client cannot be revoked yet: {cause}; or set the annotation {WireNames.Annotations.Abandon}: \"true\" to leave it in CARTO",
        after);

    private static Step Blocked(Step end) => end is Step.Wait wait ? Blocked(wait.Message, wait.After) : end;

    /// <summary>What was there before the resource outlives it, unless the resource says otherwise.</summary>
    private static DeletionPolicy PolicyOf(M2MOAuthClient resource) =>
        resource.Spec.DeletionPolicy ?? (resource.Spec.ClientId is null ? DeletionPolicy.Delete : DeletionPolicy.Retain);
}
