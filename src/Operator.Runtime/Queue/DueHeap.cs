namespace Operator.Runtime;

/// <summary>Min-heap of entries by due time. Entries know their index, so that they can be moved and removed.</summary>
internal sealed class DueHeap<TKey>
{
    private readonly List<WorkEntry<TKey>> _heap = [];

    public int Count => _heap.Count;

    public WorkEntry<TKey>? First => _heap.Count > 0 ? _heap[0] : null;

    /// <summary>Adds an entry or changes its time.</summary>
    public void Set(WorkEntry<TKey> entry, long due)
    {
        entry.Due = due;
        if (entry.HeapIndex < 0)
        {
            entry.HeapIndex = _heap.Count;
            _heap.Add(entry);
        }

        Restore(entry);
    }

    public bool Remove(WorkEntry<TKey> entry)
    {
        var index = entry.HeapIndex;
        if (index < 0)
        {
            return false;
        }

        var last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        entry.HeapIndex = -1;
        if (last != entry)
        {
            Place(last, index);
            Restore(last);
        }

        return true;
    }

    private void Restore(WorkEntry<TKey> entry)
    {
        var index = entry.HeapIndex;
        while (index > 0 && entry.Due < _heap[(index - 1) / 2].Due)
        {
            Place(_heap[(index - 1) / 2], index);
            index = (index - 1) / 2;
        }

        while (true)
        {
            var child = (index * 2) + 1;
            if (child >= _heap.Count)
            {
                break;
            }

            if (child + 1 < _heap.Count && _heap[child + 1].Due < _heap[child].Due)
            {
                child++;
            }

            if (_heap[child].Due >= entry.Due)
            {
                break;
            }

            Place(_heap[child], index);
            index = child;
        }

        Place(entry, index);
    }

    private void Place(WorkEntry<TKey> entry, int index)
    {
        _heap[index] = entry;
        entry.HeapIndex = index;
    }
}
