namespace Operator.Runtime;

/// <summary>
/// Keys that share something which may be slow. A group takes another worker only while more workers are idle than it has: alone it gets
/// half of them, of two that both take what they get the second gets half of what the first left, and as workers come back the shares
/// become equal. However slow a group is, it leaves workers to the others.
/// </summary>
/// <param name="name">What the keys share; null: nothing, and they take any worker.</param>
internal sealed class WorkGroup<TKey>(object? name)
{
    private readonly LinkedListNode<WorkGroup<TKey>>?[] _turns = new LinkedListNode<WorkGroup<TKey>>?[2];
    private WorkList<TKey> _fresh;
    private WorkList<TKey> _background;

    public object? Name => name;

    /// <summary>How many of its entries are handed out.</summary>
    public int InFlight { get; set; }

    /// <summary>Nothing of it is ready or handed out.</summary>
    public bool IsIdle => InFlight == 0 && _fresh.First is null && _background.First is null;

    public bool MayTake(int idle) => name is null || InFlight < idle;

    public ref WorkList<TKey> Ready(WorkPriority priority) => ref priority == WorkPriority.Fresh ? ref _fresh : ref _background;

    /// <summary>Its place among the groups that have ready entries of a priority.</summary>
    public LinkedListNode<WorkGroup<TKey>> Turn(WorkPriority priority) => _turns[(int)priority] ??= new LinkedListNode<WorkGroup<TKey>>(this);
}
