namespace Operator.Runtime;

/// <summary>
/// A point in time on both clocks of this machine. Its age is what the clock says that has seen more of it: the one of timestamps cannot
/// be set, but stands still while the machine sleeps or is moved; the wall clock does not.
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
