namespace Operator.TestKit;

/// <summary>Lines of a log, the newest ones of many; safe for several writers.</summary>
/// <param name="capacity">How many lines are kept.</param>
public sealed class LogBuffer(int capacity = 100_000)
{
    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();
    private long _dropped;

    /// <summary>How many lines were ever added: a position to read on from.</summary>
    public long Position
    {
        get
        {
            lock (_lock)
            {
                return _dropped + _lines.Count;
            }
        }
    }

    public void Add(string line)
    {
        lock (_lock)
        {
            _lines.Enqueue(line);
            if (_lines.Count > capacity)
            {
                _lines.Dequeue();
                _dropped++;
            }
        }
    }

    /// <summary>The lines that are kept, oldest first, from a <see cref="Position"/> on.</summary>
    public IReadOnlyList<string> Since(long position)
    {
        lock (_lock)
        {
            return [.. _lines.Skip((int)Math.Max(0, position - _dropped))];
        }
    }

    /// <summary>The last lines as one text.</summary>
    public string Tail(int count)
    {
        lock (_lock)
        {
            return string.Join('\n', _lines.Skip(_lines.Count - count));
        }
    }
}
