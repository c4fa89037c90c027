namespace Operator.Runtime;

/// <summary>Groups of keys that are ready or handed out. Not thread-safe: guarded by the owner's lock.</summary>
/// <param name="groupOf">See <see cref="WorkSharing{TKey}"/>; null for no groups.</param>
internal sealed class WorkGroups<TKey>(Func<TKey, object?>? groupOf)
{
    private readonly Dictionary<object, WorkGroup<TKey>> _groups = [];
    private readonly WorkGroup<TKey> _none = new(name: null);

    /// <summary>The current group of a key.</summary>
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

    /// <summary>An entry left a group, which is removed if empty.</summary>
    public void Left(WorkGroup<TKey> group)
    {
        if (group is { Name: { } name, IsIdle: true })
        {
            _groups.Remove(name);
        }
    }
}
