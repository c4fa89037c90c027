using k8s.Models;
using Operator.Contracts;

namespace Operator;

/// <summary>
/// The conditions of one status in the making. What is not set is absent, and a condition keeps its lastTransitionTime for as long as its
/// status stays the same, so that a status that says nothing new is equal to the one before.
/// </summary>
/// <param name="before">The conditions as they are on the object; null when it has none.</param>
/// <param name="generation">The generation of the object that they are about.</param>
/// <param name="now">The time of a transition.</param>
internal sealed class ConditionSet(IReadOnlyList<V1Condition>? before, long? generation, DateTimeOffset now)
{
    /// <summary>Longest message that the API server takes.</summary>
    private const int MaxMessageLength = 32768;

    /// <summary>The order in which people read them.</summary>
    private static readonly string[] Order =
    [
        ConditionTypes.Ready,
        ConditionTypes.Reconciling,
        ConditionTypes.Stalled,
        ConditionTypes.Synced,
        ConditionTypes.CredentialsVerified,
    ];

    private readonly Dictionary<string, V1Condition> _conditions = new(StringComparer.Ordinal);

    /// <summary>Says how it stands with one type.</summary>
    /// <param name="type">See <see cref="ConditionTypes"/>.</param>
    /// <param name="status">Whether it holds; null when nobody knows.</param>
    /// <param name="reason">See <see cref="Reasons"/>.</param>
    /// <param name="message">For people; cut where it is longer than a condition may be.</param>
    public ConditionSet Set(string type, bool? status, string reason, string message)
    {
        var word = Word(status);
        var last = Find(before, type);
        _conditions[type] = new V1Condition
        {
            Type = type,
            Status = word,
            Reason = reason,
            Message = Text.Fit(message, MaxMessageLength),
            ObservedGeneration = generation,
            LastTransitionTime = last?.Status == word ? last.LastTransitionTime : WireTime.Of(now).UtcDateTime,
        };
        return this;
    }

    /// <summary>Leaves one type as it is on the object; absent when it has none.</summary>
    public ConditionSet Keep(string type)
    {
        if (Find(before, type) is { } last)
        {
            _conditions[type] = last;
        }

        return this;
    }

    /// <summary>All that were set or kept, always in the same order.</summary>
    public IReadOnlyList<V1Condition> ToList() =>
    [
        .. _conditions.Values.OrderBy(condition => Rank(condition.Type)).ThenBy(condition => condition.Type, StringComparer.Ordinal),
    ];

    /// <summary>A condition's status in Kubernetes' words; null stands for not known.</summary>
    public static string Word(bool? status) => status switch
    {
        true => "True",
        false => "False",
        null => "Unknown",
    };

    /// <summary>The condition of a type; null when there is none.</summary>
    public static V1Condition? Find(IReadOnlyList<V1Condition>? conditions, string type) =>
        conditions?.FirstOrDefault(condition => condition.Type == type);

    private static int Rank(string type) => Array.IndexOf(Order, type) is >= 0 and var rank ? rank : Order.Length;
}
