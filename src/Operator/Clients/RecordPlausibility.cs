using Operator.Access;
using Operator.Contracts;

namespace Operator.Clients;

/// <summary>Checks whether the operator may have written a status.</summary>
internal static class RecordPlausibility
{
    /// <summary>Tolerated clock skew between machines.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromDays(1);

    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Whether a record may be the operator's own.</summary>
    public static bool IsPlausible(this M2MOAuthClientStatus record, DateTimeOffset now) =>
        record.Current is not ({ ClientId: "" } or { Serial: < 0 or > Mark.MaxSerial })
        && IsPast(record.Current?.CreatedAt, now)
        && IsPast(record.LastRotationTime, now)
        && !(record.NextRotationTime < Earliest)
        && (record.Pending is null || record.Pending.IsPlausible(now))
        && record.Retiring?.Any(client =>
            client.ClientId.Length == 0 || client.ClientId == record.Current?.ClientId || client.RevokeAfter < Earliest
        ) != true;

    /// <summary>Whether a pending client may be the operator's own.</summary>
    public static bool IsPlausible(this PendingClient intent, DateTimeOffset now) =>
        intent.Serial is > 0 and <= Mark.MaxSerial
        && IsPast(intent.Since, now)
        && (intent.Overlap is null || WireDuration.TryParse(intent.Overlap, out _));

    /// <summary>Whether a time may lie in the past.</summary>
    public static bool IsPast(DateTimeOffset? time, DateTimeOffset now) => time is null || (time > Earliest && time < now + Skew);
}
