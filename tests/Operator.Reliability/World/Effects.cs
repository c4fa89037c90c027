namespace Operator.Reliability.World;

/// <summary>
/// Everything that the operator does on the outside in one world, over all its lives: counted, recorded since the scenario's action,
/// and failed where a run says so.
/// </summary>
internal sealed class Effects
{
    private readonly Lock _lock = new();
    private readonly List<List<Point>> _recorded =
    [
        [],
    ];
    private readonly Dictionary<string, int> _occurrences = new(StringComparer.Ordinal);
    private readonly List<string> _all = [];
    private readonly List<(string Part, int Skip, InjectedFault Fault)> _coming = [];
    private bool _armed;

    /// <summary>The faults to inject, one after the other. The effects of a later one are counted from the fault before it.</summary>
    public IReadOnlyList<Injection> Injections { get; init; } = [];

    /// <summary>Held while an effect happens and is looked at, and while a person does something: nobody sees half of anything.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>How many faults were injected.</summary>
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

    /// <summary>A fault is injected into an effect to come, once.</summary>
    /// <param name="part">What its name contains; empty: any.</param>
    /// <param name="skip">How many of these pass before.</param>
    /// <param name="fault">What happens.</param>
    public void Await(string part, int skip, InjectedFault fault)
    {
        lock (_lock)
        {
            _coming.Add((part, skip, fault));
        }
    }

    /// <summary>Awaited faults are not injected any more.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _coming.Clear();
        }
    }

    /// <summary>Takes note of an effect that is about to happen. Returns the fault to inject; null: none.</summary>
    public InjectedFault? Begin(string effect)
    {
        lock (_lock)
        {
            _all.Add(effect);
            for (var i = 0; i < _coming.Count; i++)
            {
                var (part, skip, fault) = _coming[i];
                if (!effect.Contains(part, StringComparison.Ordinal))
                {
                    continue;
                }

                if (skip == 0)
                {
                    _coming.RemoveAt(i);
                    return fault;
                }

                _coming[i] = (part, skip - 1, fault);
            }

            if (!_armed)
            {
                return null;
            }

            var point = new Point(effect, _occurrences[effect] = _occurrences.GetValueOrDefault(effect) + 1);
            _recorded[^1].Add(point);
            return Injections.ElementAtOrDefault(_recorded.Count - 1) is { } next && next.Point == point ? next.Fault : null;
        }
    }

    /// <summary>A fault was injected.</summary>
    public void Injected()
    {
        lock (_lock)
        {
            _recorded.Add([]);
            _occurrences.Clear();
        }
    }

    /// <summary>What was done since <see cref="Arm"/>, in order: before the first fault (0), or after so many.</summary>
    public IReadOnlyList<Point> RecordedAfter(int faults)
    {
        lock (_lock)
        {
            return faults < _recorded.Count ? [.. _recorded[faults]] : [];
        }
    }
}
