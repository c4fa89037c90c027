namespace Carto.Emulator;

/// <summary>Counts requests of a user in the current second.</summary>
internal sealed class RateWindow(TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _taken = [];
    private long _second;

    /// <summary>Counts a request; false if the limit is reached.</summary>
    public bool TryTake(string userId, int limit)
    {
        var second = timeProvider.GetUtcNow().ToUnixTimeSeconds();
        lock (_lock)
        {
            if (second != _second)
            {
                _second = second;
                _taken.Clear();
            }

            var taken = _taken.GetValueOrDefault(userId) + 1;
            _taken[userId] = taken;
            return taken <= limit;
        }
    }
}
