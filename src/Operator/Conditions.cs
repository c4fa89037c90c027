using k8s.Models;
using Operator.Contracts;

namespace Operator;

/// <summary>
/// Builds the conditions of a status. Conditions that are not set are absent, and lastTransitionTime only changes with the status, so that
/// an unchanged status equals the previous one.
/// </summary>
/// <param name="before">The object's current conditions; null if it has none.</param>
/// <param name="generation">The observed generation of the object.</param>
/// <param name="now">The time of a transition.</param>
internal sealed class ConditionSet(IReadOnlyList<V1Condition>? before, long? generation, DateTimeOffset now)
{
    /// <summary>Maximum message length the API server accepts.</summary>
    private const int MaxMessageLength = 32768;

    /// <summary>Display order.</summary>
    private static readonly string[] Order =
    [
        ConditionTypes.Ready,
        ConditionTypes.Reconciling,
        ConditionTypes.Stalled,
        ConditionTypes.Synced,
        ConditionTypes.CredentialsVerified,
    ];

    private readonly Dictionary<string, V1Condition> _conditions = new(StringComparer.Ordinal);

    /// <summary>Sets the condition of one type.</summary>
    /// <param name="type">See <see cref="ConditionTypes"/>.</param>
    /// <param name="status">Whether it holds; null if unknown.</param>
    /// <param name="reason">See <see cref="Reasons"/>.</param>
    /// <param name="message">For people; truncated to the maximum length.</param>
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

    /// <summary>Keeps the object's condition of one type, if any.</summary>
    public ConditionSet Keep(string type)
    {
        if (Find(before, type) is { } last)
        {
            _conditions[type] = last;
        }

        return this;
    }

    /// <summary>All conditions set or kept, in stable order.</summary>
    public IReadOnlyList<V1Condition> ToList() =>
        [.. _conditions.Values.OrderBy(condition => Rank(condition.Type)).ThenBy(condition => condition.Type, StringComparer.Ordinal)];

    /// <summary>A condition's status in Kubernetes' terms; null means unknown.</summary>
    public static string Word(bool? status) =>
        status switch
        {
            true => "True",
            false => "False",
            null => "Unknown",
        };

    /// <summary>The condition of a type; null if there is none.</summary>
    public static V1Condition? Find(IReadOnlyList<V1Condition>? conditions, string type) =>
        conditions?.FirstOrDefault(condition => condition.Type == type);

    private static int Rank(string type) => Array.IndexOf(Order, type) is >= 0 and var rank ? rank : Order.Length;
}
