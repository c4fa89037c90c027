using k8s.Models;

namespace Operator.Contracts;

/// <summary>
/// The status that the API server gives an object which the operator has not seen yet. By kstatus an object that says nothing of itself is
/// fine; so whoever waits for it (kubectl, Flux, Argo CD) waits for the operator too, and a person sees that it may not be running.
/// </summary>
internal static class Unseen
{
    /// <summary>No generation of an object is as old.</summary>
    public const long Generation = -1;

    /// <summary>The one condition, of a time that needs no clock.</summary>
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
