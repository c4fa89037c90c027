namespace Operator.Reliability.World;

/// <summary>
/// Everything that the operator does on the outside in one world, over all its lives: counted, recorded since the scenario's action,
/// and struck where a run says so.
/// </summary>
internal sealed class Effects
{
    private readonly Lock _lock = new();
    private readonly List<List<Point>> _recorded = [[]];
    private readonly Dictionary<string, int> _occurrences = new(StringComparer.Ordinal);
    private readonly List<string> _all = [];
    private bool _armed;

    /// <summary>What strikes, one after the other. The effects of a later one are counted from the blow before it.</summary>
    public IReadOnlyList<Strike> Strikes { get; init; } = [];

    /// <summary>How many blows have fallen.</summary>
    public int Fallen
    {
        get
        {
            lock (_lock)
            {
                return _recorded.Count - 1;
            }
        }
    }

    /// <summary>The last blow that fell; null: none has.</summary>
    public Blow? LastBlow => Fallen is > 0 and var fallen ? Strikes[fallen - 1].Blow : null;

    /// <summary>The names of all effects, whenever they were.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>Runs before an effect goes out, for what a person does at that very moment.</summary>
    public Func<string, Task>? Before { get; set; }

    /// <summary>Runs when an effect has been answered.</summary>
    public Func<string, Task>? After { get; set; }

    /// <summary>From here on effects are points.</summary>
    public void Arm()
    {
        lock (_lock)
        {
            _armed = true;
        }
    }

    /// <summary>From here on they are no longer.</summary>
    public void Disarm()
    {
        lock (_lock)
        {
            _armed = false;
        }
    }

    /// <summary>Takes note of an effect that is about to happen. Returns the blow that falls on it; null: none.</summary>
    public Blow? Begin(string effect)
    {
        lock (_lock)
        {
            _all.Add(effect);
            if (!_armed)
            {
                return null;
            }

            var point = new Point(effect, _occurrences[effect] = _occurrences.GetValueOrDefault(effect) + 1);
            _recorded[^1].Add(point);
            return Strikes.ElementAtOrDefault(_recorded.Count - 1) is { } next && next.Point == point ? next.Blow : null;
        }
    }

    /// <summary>A blow has fallen.</summary>
    public void Struck()
    {
        lock (_lock)
        {
            _recorded.Add([]);
            _occurrences.Clear();
        }
    }

    /// <summary>What was done since <see cref="Arm"/>, in order: before the first blow (0), or after so many.</summary>
    public IReadOnlyList<Point> RecordedAfter(int blows)
    {
        lock (_lock)
        {
            return blows < _recorded.Count ? [.. _recorded[blows]] : [];
        }
    }
}
