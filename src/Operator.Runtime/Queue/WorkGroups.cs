namespace Operator.Runtime;

/// <summary>The groups of those keys that are ready or handed out. Not safe by itself: a lock of its owner guards it.</summary>
/// <param name="groupOf">See <see cref="WorkSharing{TKey}"/>; null: no key is in a group.</param>
internal sealed class WorkGroups<TKey>(Func<TKey, object?>? groupOf)
{
    private readonly Dictionary<object, WorkGroup<TKey>> _groups = [];
    private readonly WorkGroup<TKey> _none = new(name: null);

    /// <summary>The group that a key is in now.</summary>
    public WorkGroup<TKey> Of(TKey key)
    {
        if (groupOf?.Invoke(key) is not { } name)
        {
            return _none;
        }

        if (!_groups.TryGetValue(name, out var group))
        {
            _groups.Add(name, group = new WorkGroup<TKey>(name));
        }

        return group;
    }

    /// <summary>An entry is no longer in a group: one that has no other is forgotten.</summary>
    public void Left(WorkGroup<TKey> group)
    {
        if (group is { Name: { } name, IsIdle: true })
        {
            _groups.Remove(name);
        }
    }
}
