using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Cronos;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>When a resource's credentials are due for rotation. Depends only on the resource, its record and the time.</summary>
/// <param name="Next">The next rotation; null if there is none.</param>
/// <param name="Request">Value of the annotation that requests it now; null if it does not.</param>
/// <param name="Problem">What is wrong with <c>spec.rotation</c>, for its author; null if nothing is.</param>
internal sealed record Rotation(DateTimeOffset? Next, string? Request, string? Problem)
{
    /// <summary>Default time for which a replaced client keeps working.</summary>
    public const string DefaultOverlap = "24h";

    /// <summary>Default time zone of a schedule.</summary>
    public const string Utc = "UTC";

    /// <summary>Fraction of an interval over which resources created together are spread.</summary>
    private const double Spread = 0.1;

    private static readonly TimeSpan FullOverlap = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestSpreadOfInterval = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestSpreadOfSchedule = TimeSpan.FromMinutes(10);

    /// <summary>Whether a rotation is due.</summary>
    public bool IsDue(DateTimeOffset now) => Request is not null || Next <= now;

    /// <summary>How long a resource's replaced client keeps working.</summary>
    public static string OverlapOf(M2MOAuthClient resource) => resource.Spec.Rotation?.Overlap ?? DefaultOverlap;

    /// <summary>The length of an overlap; the default if it cannot be parsed.</summary>
    public static TimeSpan LengthOf(string overlap) => WireDuration.TryParse(overlap, out var length) ? length : FullOverlap;

    /// <summary>Value of the annotation that requests a rotation; null if the resource has none.</summary>
    public static string? RequestOf(M2MOAuthClient resource) => resource.Metadata.Annotations.Find(WireNames.Annotations.RotateRequestedAt);

    /// <summary>The rotation of a resource. There is none until it has a client.</summary>
    public static Rotation Of(M2MOAuthClient resource, M2MOAuthClientStatus status, DateTimeOffset now)
    {
        if (status.Current is not { } current)
        {
            return new Rotation(null, null, null);
        }

        var request = RequestOf(resource) is { } value && value != status.LastHandledRotateAt ? value : null;
        return resource.Spec.Rotation switch
        {
            { Every: { } every } when WireDuration.TryParse(every, out var interval) => new Rotation(
                After(BeginOf(resource, status, current, now), interval, resource.Metadata.Uid),
                request,
                null
            ),
            { Schedule: { } schedule } rotation => OfSchedule(
                schedule,
                rotation.TimeZone ?? Utc,
                OverlapOf(resource),
                resource.Metadata.Uid,
                status.NextRotationTime,
                now
            ) with
            {
                Request = request,
            },
            _ => new Rotation(null, request, null),
        };
    }

    /// <summary>Parses a schedule. Returns what is wrong with it, for its author; null if nothing is.</summary>
    public static string? Read(string schedule, string timeZone, string overlap, out CronExpression? cron, out TimeZoneInfo? zone)
    {
        zone = null;
        if (!CronExpression.TryParse(schedule, out cron))
        {
            return $"spec.rotation.schedule: {schedule} is not a cron expression of five fields, such as 0 3 * * 0";
        }

        if (!TimeZones.TryFind(timeZone, out zone, out var problem))
        {
            return $"spec.rotation.timeZone: {problem}";
        }

        if (!WireDuration.TryParse(overlap, out var length))
        {
            return $"spec.rotation.overlap: {overlap} is not a duration such as {DefaultOverlap}";
        }

        // A client may be revoked exactly at the next rotation: a daily schedule allows an overlap of a day.
        return ScheduleGap.ShortestOf(cron) is not { } gap ? $"spec.rotation.schedule: {schedule} never comes"
            : gap >= length ? null
            : $"spec.rotation.schedule: {schedule} comes again after {WireDuration.Format(gap)}, before the overlap of {overlap} is "
                + "over, so replaced clients would pile up: "
                + $"write {WireDuration.Format(gap)} or less in spec.rotation.overlap, or a schedule that comes less often";
    }

    /// <summary>Credentials never exceed the interval: the spread only moves rotation earlier.</summary>
    private static DateTimeOffset After(DateTimeOffset begin, TimeSpan interval, string uid) =>
        WireTime.Of(begin + interval - (Least(interval * Spread, LongestSpreadOfInterval) * ShareOf(uid)));

    /// <summary>
    /// When the credentials were issued. CARTO's clock may be behind ours, so they are never taken to be older than the last rotation.
    /// </summary>
    private static DateTimeOffset BeginOf(M2MOAuthClient resource, M2MOAuthClientStatus status, ClientRecord current, DateTimeOffset now) =>
        (current.CreatedAt, status.LastRotationTime) switch
        {
            ({ } created, { } rotated) => created > rotated ? created : rotated,
            var (created, rotated) => created
                ?? rotated
                ?? (resource.Metadata.CreationTimestamp is { } made ? new DateTimeOffset(made) : now),
        };

    /// <summary>
    /// The recorded time if the schedule includes it, even if it has passed, because then it was missed. Otherwise the schedule is new and
    /// starts with its next time from now.
    /// </summary>
    private static Rotation OfSchedule(
        string schedule,
        string timeZone,
        string overlap,
        string uid,
        DateTimeOffset? recorded,
        DateTimeOffset now
    )
    {
        if (Read(schedule, timeZone, overlap, out var cron, out var zone) is { } problem)
        {
            return new Rotation(null, null, problem);
        }

        var next =
            recorded is { } kept && MomentAfter(kept - TimeSpan.FromSeconds(1), cron!, zone!, uid) == kept
                ? recorded
                : MomentAfter(now, cron!, zone!, uid);
        return new Rotation(next, null, null);
    }

    /// <summary>The first scheduled time after a time, each delayed a little to spread resources.</summary>
    private static DateTimeOffset? MomentAfter(DateTimeOffset from, CronExpression cron, TimeZoneInfo zone, string uid)
    {
        // An occurrence before the time may have been delayed beyond it.
        for (var time = cron.GetNextOccurrence(from - LongestSpreadOfSchedule, zone); time is { } begin; )
        {
            var following = cron.GetNextOccurrence(begin, zone);
            var gap = following is { } end ? end - begin : LongestSpreadOfInterval;
            var moment = WireTime.Of(begin + (Least(gap * Spread, LongestSpreadOfSchedule) * ShareOf(uid)));
            if (moment > from)
            {
                return moment;
            }

            time = following;
        }

        return null;
    }

    /// <summary>A number from 0 to 1 that is stable per resource.</summary>
    private static double ShareOf(string uid) =>
        BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(uid))) / (double)uint.MaxValue;

    private static TimeSpan Least(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
