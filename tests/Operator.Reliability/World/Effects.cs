namespace Operator.Reliability.World;

/// <summary>
/// Everything that the operator does on the outside in one world, over all its lives: counted, recorded since the scenario's action,
/// and struck once where a run says so.
/// </summary>
internal sealed class Effects
{
    private readonly Lock _lock = new();
    private readonly List<Point> _recorded = [];
    private readonly Dictionary<string, int> _occurrences = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _struck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _armed;
    private readonly List<string> _all = [];

    /// <summary>What strikes, once.</summary>
    public Strike? Strike { get; init; }

    /// <summary>All that was done since <see cref="Arm"/>, in order.</summary>
    public IReadOnlyList<Point> Recorded
    {
        get
        {
            lock (_lock)
            {
                return [.. _recorded];
            }
        }
    }

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

    /// <summary>Whether the blow has fallen.</summary>
    public bool IsStruck => _struck.Task.IsCompleted;

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
            _recorded.Add(point);
            return !IsStruck && Strike?.Point == point ? Strike.Blow : null;
        }
    }

    /// <summary>The blow has fallen.</summary>
    public void Struck() => _struck.TrySetResult();
}
