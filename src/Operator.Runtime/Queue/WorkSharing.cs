namespace Operator.Runtime;

/// <summary>How the keys of a <see cref="WorkQueue{TKey}"/> share the workers that take them.</summary>
/// <param name="GroupOf">
/// What a key has in common with others that may be slow, such as a service that they all call; null: nothing. Must be quick, and must use
/// neither the queue nor anything that waits for it.
/// </param>
/// <param name="Workers">How many workers take keys.</param>
public sealed record WorkSharing<TKey>(Func<TKey, object?> GroupOf, int Workers);
