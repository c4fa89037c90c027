using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Cronos;
using Operator.Contracts;

namespace Operator.Clients;

/// <summary>When the pair of a resource is to be replaced. Depends on nothing but the resource, its record and the time.</summary>
/// <param name="Next">The next time; null when there is none.</param>
/// <param name="Request">Value of the annotation that asks for it now; null when it does not.</param>
/// <param name="Problem">What is wrong with <c>spec.rotation</c>, for the person who wrote it; null when nothing is.</param>
internal sealed record Rotation(DateTimeOffset? Next, string? Request, string? Problem)
{
    /// <summary>How long the replaced client goes on working where the spec does not say.</summary>
    public const string DefaultOverlap = "24h";

    /// <summary>The time zone of a schedule where the spec does not say.</summary>
    public const string Utc = "UTC";

    /// <summary>Part of an interval over which a fleet that was created together is spread.</summary>
    private const double Spread = 0.1;

    private static readonly TimeSpan FullOverlap = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestSpreadOfInterval = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestSpreadOfSchedule = TimeSpan.FromMinutes(10);

    /// <summary>Whether it is time.</summary>
    public bool IsDue(DateTimeOffset now) => Request is not null || Next <= now;

    /// <summary>How long the replaced client of a resource goes on working.</summary>
    public static string OverlapOf(M2MOAuthClient resource) => resource.Spec.Rotation?.Overlap ?? DefaultOverlap;

    /// <summary>How long an overlap is. One that cannot be read is a full one.</summary>
    public static TimeSpan LengthOf(string overlap) => WireDuration.TryParse(overlap, out var length) ? length : FullOverlap;

    /// <summary>Value of the annotation that asks for a rotation; null when the resource bears none.</summary>
    public static string? RequestOf(M2MOAuthClient resource) =>
        resource.Metadata.Annotations is { } annotations && annotations.TryGetValue(WireNames.Annotations.RotateRequestedAt, out var request)
            ? request
            : null;

    /// <summary>The rotation of a resource. There is none as long as it has no client.</summary>
    public static Rotation Of(M2MOAuthClient resource, M2MOAuthClientStatus status, DateTimeOffset now)
    {
        if (status.Current is not { } current)
        {
            return new Rotation(null, null, null);
        }

        var request = RequestOf(resource) is { } value && value != status.LastHandledRotateAt ? value : null;
        return resource.Spec.Rotation switch
        {
            { Every: { } every } when WireDuration.TryParse(every, out var interval) =>
                new Rotation(After(BeginOf(resource, status, current, now), interval, resource.Metadata.Uid), request, null),
            { Schedule: { } schedule } rotation =>
                OfSchedule(schedule, rotation.TimeZone ?? Utc, OverlapOf(resource), resource.Metadata.Uid, status.NextRotationTime, now) with { Request = request },
            _ => new Rotation(null, request, null),
        };
    }

    /// <summary>Reads a schedule. Returns what is wrong with it, for the person who wrote it; null when nothing is.</summary>
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

        // A client that is revoked at the very time of the next rotation is none too many: a daily schedule goes with an overlap of a day.
        return ScheduleGap.ShortestOf(cron) is not { } gap ? $"spec.rotation.schedule: {schedule} never comes"
            : gap >= length ? null
            : $"spec.rotation.schedule: {schedule} comes again after {WireDuration.Format(gap)}, before the overlap of {overlap} is over, so replaced clients would pile up: "
                + $"write {WireDuration.Format(gap)} or less in spec.rotation.overlap, or a schedule that comes less often";
    }

    /// <summary>A pair is never older than the interval: the spread brings its end forward.</summary>
    private static DateTimeOffset After(DateTimeOffset begin, TimeSpan interval, string uid) =>
        WireTime.Of(begin + interval - (Least(interval * Spread, LongestSpreadOfInterval) * ShareOf(uid)));

    /// <summary>
    /// When the pair began. CARTO's clock may be behind ours: a pair that seems to be older than the last rotation is as old as that.
    /// </summary>
    private static DateTimeOffset BeginOf(M2MOAuthClient resource, M2MOAuthClientStatus status, ClientRecord current, DateTimeOffset now) =>
        (current.CreatedAt, status.LastRotationTime) switch
        {
            ({ } created, { } rotated) => created > rotated ? created : rotated,
            var (created, rotated) => created ?? rotated ?? (resource.Metadata.CreationTimestamp is { } made ? new DateTimeOffset(made) : now),
        };

    /// <summary>
    /// The time that is on record, if the schedule has it, even when it has passed: then it was missed. Otherwise the schedule is new, and
    /// its first time is the next one from now.
    /// </summary>
    private static Rotation OfSchedule(string schedule, string timeZone, string overlap, string uid, DateTimeOffset? recorded, DateTimeOffset now)
    {
        if (Read(schedule, timeZone, overlap, out var cron, out var zone) is { } problem)
        {
            return new Rotation(null, null, problem);
        }

        var next = recorded is { } kept && MomentAfter(kept - TimeSpan.FromSeconds(1), cron!, zone!, uid) == kept
            ? recorded
            : MomentAfter(now, cron!, zone!, uid);
        return new Rotation(next, null, null);
    }

    /// <summary>The first moment after a time: those of the schedule, each moved on a little, so that a fleet is spread.</summary>
    private static DateTimeOffset? MomentAfter(DateTimeOffset from, CronExpression cron, TimeZoneInfo zone, string uid)
    {
        // One that began before the time may have been moved on beyond it.
        for (var time = cron.GetNextOccurrence(from - LongestSpreadOfSchedule, zone); time is { } begin;)
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

    /// <summary>A number from 0 to 1 that a resource always has.</summary>
    private static double ShareOf(string uid) =>
        BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(uid))) / (double)uint.MaxValue;

    private static TimeSpan Least(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
