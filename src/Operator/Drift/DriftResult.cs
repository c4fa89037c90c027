using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Drift;

/// <summary>What an account's status reports about the last drift detection.</summary>
/// <param name="AccountUid">UID of the account.</param>
/// <param name="Synced"> Whether drift is repaired; false: too many clients are missing, and a person has to check first; null: not all
/// clients could be compared.
/// </param>
/// <param name="Reason">The condition's reason.</param>
/// <param name="Message">For people: what is wrong, and what to do.</param>
/// <param name="HandledRequest">See <see cref="AccountStatus.LastHandledReconcileAt"/>.</param>
/// <param name="HandledAcceptance">See <see cref="AccountStatus.LastHandledAcceptDrift"/>.</param>
internal sealed record DriftResult(
    string AccountUid,
    bool? Synced,
    string Reason,
    string Message,
    string? HandledRequest,
    string? HandledAcceptance
)
{
    private const int MostNames = 3;

    /// <summary>Reports a drift detection.</summary>
    public static DriftResult Of(IAccountResource account, DriftOutcome outcome, string? handledAcceptance)
    {
        var (synced, reason, message) = outcome switch
        {
            { Gap: { } gap } => ((bool?)null, Reasons.ComparisonIncomplete, Incomplete(gap) + Standing(outcome.Suspected)),
            { Suspected: true } => (false, Reasons.MassDriftSuspected, Suspicion(outcome)),
            _ => (true, Reasons.DriftChecked, "the clients on record were compared with CARTO's list; what differed is put right"),
        };
        return new DriftResult(
            account.Metadata.Uid,
            synced,
            reason,
            message + Unowned(outcome),
            account.Annotation(WireNames.Annotations.ReconcileRequestedAt) ?? account.Status?.LastHandledReconcileAt,
            handledAcceptance
        );
    }

    /// <summary>Reports why drift detection failed. Requests stay unhandled.</summary>
    /// <param name="account">The account.</param>
    /// <param name="error">Why the list failed.</param>
    /// <param name="suspected">Whether the last successful run found too many clients missing.</param>
    /// <param name="handledRequest">The last request handled.</param>
    /// <param name="handledAcceptance">The last acceptance handled.</param>
    public static DriftResult Failed(
        IAccountResource account,
        CartoError error,
        bool suspected,
        string? handledRequest,
        string? handledAcceptance
    ) =>
        new(
            account.Metadata.Uid,
            Synced: null,
            Reasons.ComparisonFailed,
            "CARTO's list of clients could not be read, so the clients on record were not compared with it, and nothing is put right: "
                + $"{error.Message.TrimEnd('.')}. {Remedy(error.Kind)}. It is retried with growing pauses{Standing(suspected)}",
            handledRequest,
            handledAcceptance
        );

    /// <summary>Whether a status already reports it.</summary>
    public bool IsIn(AccountStatus? status) =>
        ConditionSet.Find(status?.Conditions, ConditionTypes.Synced) is { } condition
        && (condition.Status, condition.Reason, condition.Message) == (ConditionSet.Word(Synced), Reason, Message)
        && (status!.LastHandledReconcileAt, status.LastHandledAcceptDrift) == (HandledRequest, HandledAcceptance);

    /// <summary>Adds it to a status.</summary>
    public AccountStatus In(AccountStatus status, ConditionSet conditions)
    {
        conditions.Set(ConditionTypes.Synced, Synced, Reason, Message);
        return status with { LastHandledReconcileAt = HandledRequest, LastHandledAcceptDrift = HandledAcceptance };
    }

    private static string Remedy(CartoErrorKind kind) =>
        kind switch
        {
            CartoErrorKind.Throttled => "Lower spec.requestsPerSecond if this stays",
            CartoErrorKind.Unauthorized or CartoErrorKind.Forbidden =>
                "See in CARTO whether the user of the credentials may list M2M OAuth Clients",
            CartoErrorKind.OwnClientNotListed => "Give the account a token of its user, in spec.auth.accessToken or spec.auth.refreshToken",
            CartoErrorKind.Untrusted => "Set spec.caBundle to the certificates of the server",
            CartoErrorKind.Unsupported or CartoErrorKind.Rejected or CartoErrorKind.NotFound =>
                "Compare the tools of the MCP server with what the command \"operator check\" says of them",
            _ => "If this stays, try the account with the command \"operator check\", and see whether CARTO's Workspace shows the clients",
        };

    private static string Incomplete(string gap) =>
        "CARTO's list of clients could be read in part only, so no client was taken for missing; what the rest shows was compared: "
        + $"{gap.TrimEnd('.')}. "
        + "Compare with what CARTO's Workspace shows, and repair or delete the client that is not as the others. It is retried with "
        + "growing pauses";

    /// <summary>A suspicion persists if the next list cannot be read.</summary>
    private static string Standing(bool suspected) =>
        suspected
            ? $"; many clients were missing at once before ({Reasons.MassDriftSuspected}), and none of them is created again until "
                + "CARTO's list can be read"
            : "";

    private static string Suspicion(DriftOutcome outcome) =>
        $"CARTO's list lacks {outcome.Missing.Count} of the {outcome.Managed} clients on record at once ({Names(outcome)}): none is "
        + "created again. "
        + "Check in CARTO whether they were deleted, and whether the credentials still belong to the user who owns them. Then set the "
        + "annotation "
        + $"{WireNames.Annotations.AcceptDrift} to a new value to have them replaced, or {WireNames.Annotations.ReconcileRequestedAt} to "
        + "have "
        + "them compared again";

    private static string Names(DriftOutcome outcome)
    {
        var names = string.Join(
            ", ",
            outcome.Missing.Select(resource => ObjectKey.Of(resource).ToString()).Order(StringComparer.Ordinal).Take(MostNames)
        );
        return outcome.Missing.Count > MostNames ? $"{names} and {outcome.Missing.Count - MostNames} more" : names;
    }

    private static string Unowned(DriftOutcome outcome) =>
        outcome.Unowned == 0
            ? ""
            : $"; {outcome.Unowned} further clients bear this cluster's mark and belong to no resource that this operator sees: they are "
                + "not touched: delete them in CARTO if they are not in use";
}
