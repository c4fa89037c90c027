using Operator.Accounts;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Drift;

/// <summary>What the status of an account says of a comparison.</summary>
/// <param name="AccountUid">Which account.</param>
/// <param name="Suspected">Too many clients are missing: nothing is put right until a person has looked.</param>
/// <param name="Message">For people.</param>
/// <param name="HandledRequest">See <see cref="AccountStatus.LastHandledReconcileAt"/>.</param>
/// <param name="HandledAcceptance">See <see cref="AccountStatus.LastHandledAcceptDrift"/>.</param>
internal sealed record DriftResult(string AccountUid, bool Suspected, string Message, string? HandledRequest, string? HandledAcceptance)
{
    private const int MostNames = 3;

    /// <summary>The condition's reason.</summary>
    public string Reason => Suspected ? Reasons.MassDriftSuspected : Reasons.DriftChecked;

    /// <summary>Says what a comparison came to.</summary>
    public static DriftResult Of(IAccountResource account, DriftOutcome outcome, string? handledAcceptance) => new(
        account.Metadata.Uid,
        outcome.Suspected,
        (outcome.Suspected ? Suspicion(outcome) : "the clients on record were compared with CARTO's list; what differed is put right") + Unowned(outcome),
        account.Annotation(WireNames.Annotations.ReconcileRequestedAt) ?? account.Status?.LastHandledReconcileAt,
        handledAcceptance);

    /// <summary>Whether a status says it already.</summary>
    public bool IsIn(AccountStatus? status) =>
        ConditionSet.Find(status?.Conditions, ConditionTypes.Synced) is { } condition
        && (condition.Status, condition.Reason, condition.Message) == (Suspected ? "False" : "True", Reason, Message)
        && (status!.LastHandledReconcileAt, status.LastHandledAcceptDrift) == (HandledRequest, HandledAcceptance);

    /// <summary>A status that says it.</summary>
    public AccountStatus In(AccountStatus status, ConditionSet conditions)
    {
        conditions.Set(ConditionTypes.Synced, !Suspected, Reason, Message);
        return status with { LastHandledReconcileAt = HandledRequest, LastHandledAcceptDrift = HandledAcceptance };
    }

    private static string Suspicion(DriftOutcome outcome) =>
        $"CARTO's list lacks {outcome.Missing.Count} of the {outcome.Managed} clients on record at once ({Names(outcome)}): none is created anew. "
        + "Look in CARTO whether they were deleted, and whether the credentials still belong to the user who has them. Then set the annotation "
        + $"{WireNames.Annotations.AcceptDrift} to a new value to have them created anew, or {WireNames.Annotations.ReconcileRequestedAt} to have "
        + "them compared again";

    private static string Names(DriftOutcome outcome)
    {
        var names = string.Join(", ", outcome.Missing.Select(resource => ObjectKey.Of(resource).ToString()).Order(StringComparer.Ordinal).Take(MostNames));
        return outcome.Missing.Count > MostNames ? $"{names} and {outcome.Missing.Count - MostNames} more" : names;
    }

    private static string Unowned(DriftOutcome outcome) => outcome.Unowned == 0
        ? ""
        : $"; {outcome.Unowned} further clients bear this cluster's mark and belong to no resource: they are left alone, delete them in CARTO if nobody uses them";
}
