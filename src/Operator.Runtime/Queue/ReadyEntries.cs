using System.Diagnostics.CodeAnalysis;

namespace Operator.Runtime;

/// <summary>
/// Ready entries of one priority. Groups take turns, so that a small group does not wait behind a large one; within a group, entries are
/// first in, first out.
/// </summary>
internal sealed class ReadyEntries<TKey>(WorkPriority priority)
{
    private readonly LinkedList<WorkGroup<TKey>> _turns = new();

    public int Count { get; private set; }

    /// <summary>Since when the oldest entry has been ready; null if there is none.</summary>
    public long? OldestReadySince
    {
        get
        {
            long? oldest = null;
            foreach (var group in _turns)
            {
                var since = group.Ready(priority).First!.ReadySince;
                oldest = oldest <= since ? oldest : since;
            }

            return oldest;
        }
    }

    public void Append(WorkEntry<TKey> entry, WorkGroup<TKey> group)
    {
        ref var list = ref group.Ready(priority);
        if (list.First is null)
        {
            _turns.AddLast(group.Turn(priority));
        }

        entry.Group = group;
        list.Append(entry);
        Count++;
    }

    public void Remove(WorkEntry<TKey> entry)
    {
        var group = entry.Group!;
        ref var list = ref group.Ready(priority);
        list.Remove(entry);
        Count--;
        if (list.First is null)
        {
            _turns.Remove(group.Turn(priority));
        }
    }

    /// <summary>Takes the first entry of the next group that may take a worker.</summary>
    /// <param name="idle">Number of idle workers.</param>
    /// <param name="entry">The entry.</param>
    public bool TryTake(int idle, [MaybeNullWhen(false)] out WorkEntry<TKey> entry)
    {
        // Skips at most as many groups as have a worker.
        for (var turn = _turns.First; turn is not null; turn = turn.Next)
        {
            var group = turn.Value;
            if (group.MayTake(idle))
            {
                entry = group.Ready(priority).First!;
                Remove(entry);
                if (turn.List is not null)
                {
                    _turns.Remove(turn);
                    _turns.AddLast(turn);
                }

                return true;
            }
        }

        entry = null;
        return false;
    }
}
