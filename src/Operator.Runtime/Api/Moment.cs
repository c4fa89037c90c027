namespace Operator.Runtime;

/// <summary>
/// A point in time on both clocks of this machine. Its age is the larger of the two: the monotonic clock cannot be set but stops while the
/// machine is suspended or migrated; the wall clock does not.
/// </summary>
internal readonly record struct Moment(long Timestamp, DateTimeOffset Wall)
{
    public static Moment Now(TimeProvider time) => new(time.GetTimestamp(), time.GetUtcNow());

    public TimeSpan Age(TimeProvider time)
    {
        var elapsed = time.GetElapsedTime(Timestamp);
        var onTheWall = time.GetUtcNow() - Wall;
        return onTheWall > elapsed ? onTheWall : elapsed;
    }
}
