namespace Operator.Runtime;

/// <summary>How the keys of a <see cref="WorkQueue{TKey}"/> share workers.</summary>
/// <param name="GroupOf"> A possibly slow dependency that a key shares with others, such as a service; null for none. Must be quick and
/// must use neither the queue nor anything that waits for it.
/// </param>
/// <param name="Workers">Number of workers.</param>
public sealed record WorkSharing<TKey>(Func<TKey, object?> GroupOf, int Workers);
