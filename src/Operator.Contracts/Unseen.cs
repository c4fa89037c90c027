using k8s.Models;

namespace Operator.Contracts;

/// <summary>
/// The default status of an object that the operator has not observed yet. kstatus treats an object without a status as ready; with this
/// one, kubectl, Flux and Argo CD wait for the operator, and people see that it may not be running.
/// </summary>
internal static class Unseen
{
    /// <summary>Lower than any real generation.</summary>
    public const long Generation = -1;

    /// <summary>The only condition, with a fixed time.</summary>
    public static IReadOnlyList<V1Condition> Conditions { get; } =
    [
        new V1Condition
        {
            Type = ConditionTypes.Ready,
            Status = "Unknown",
            Reason = Reasons.Pending,
            Message = "the operator has not seen this yet; if this does not change, check that the operator is running",
            LastTransitionTime = DateTime.UnixEpoch,
        },
    ];
}
