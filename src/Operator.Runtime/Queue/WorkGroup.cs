namespace Operator.Runtime;

/// <summary>
/// Keys that share a dependency that may be slow. A group takes another worker only while more workers are idle than it has: alone it gets
/// half of them, a second busy group gets half of the rest, and shares even out as workers become free. However slow a group is, it leaves
/// workers for others.
/// </summary>
/// <param name="name">The shared dependency; null for none, without a limit.</param>
internal sealed class WorkGroup<TKey>(object? name)
{
    private readonly LinkedListNode<WorkGroup<TKey>>?[] _turns = new LinkedListNode<WorkGroup<TKey>>?[2];
    private WorkList<TKey> _fresh;
    private WorkList<TKey> _background;

    public object? Name => name;

    /// <summary>Number of entries handed out.</summary>
    public int InFlight { get; set; }

    /// <summary>Whether no entry is ready or handed out.</summary>
    public bool IsIdle => InFlight == 0 && _fresh.First is null && _background.First is null;

    public bool MayTake(int idle) => name is null || InFlight < idle;

    public ref WorkList<TKey> Ready(WorkPriority priority) => ref priority == WorkPriority.Fresh ? ref _fresh : ref _background;

    /// <summary>Its node among the groups with ready entries of a priority.</summary>
    public LinkedListNode<WorkGroup<TKey>> Turn(WorkPriority priority) =>
        _turns[(int)priority] ??= new LinkedListNode<WorkGroup<TKey>>(this);
}
