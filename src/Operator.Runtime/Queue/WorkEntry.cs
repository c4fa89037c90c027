namespace Operator.Runtime;

internal enum EntryState
{
    /// <summary>Not ready; it may be due later.</summary>
    Idle,

    /// <summary>In one of the lists of ready entries.</summary>
    Ready,

    /// <summary>Handed out.</summary>
    InFlight,

    /// <summary>Handed out and added again since.</summary>
    InFlightAndWanted,
}

/// <summary>
/// State of a key in a <see cref="WorkQueue{TKey}"/>. It doubles as list and heap node and is pooled, so adding allocates nothing.
/// </summary>
internal sealed class WorkEntry<TKey>
{
    public TKey Key = default!;
    public EntryState State;
    public WorkPriority Priority;
    public int Failures;
    public long ReadySince;
    public TimeSpan Waited;
    public WorkGroup<TKey>? Group;
    public WorkEntry<TKey>? Previous;
    public WorkEntry<TKey>? Next;
    public long Due;
    public WorkPriority DuePriority;
    public int HeapIndex = -1;
}

/// <summary>Ready entries, first in, first out.</summary>
internal struct WorkList<TKey>
{
    private WorkEntry<TKey>? _last;

    public WorkEntry<TKey>? First { get; private set; }

    public int Count { get; private set; }

    public void Append(WorkEntry<TKey> entry)
    {
        entry.Previous = _last;
        if (_last is null)
        {
            First = entry;
        }
        else
        {
            _last.Next = entry;
        }

        _last = entry;
        Count++;
    }

    public void Remove(WorkEntry<TKey> entry)
    {
        if (entry.Previous is null)
        {
            First = entry.Next;
        }
        else
        {
            entry.Previous.Next = entry.Next;
        }

        if (entry.Next is null)
        {
            _last = entry.Previous;
        }
        else
        {
            entry.Next.Previous = entry.Previous;
        }

        entry.Previous = entry.Next = null;
        Count--;
    }
}
