namespace Operator.Reliability.World;

/// <summary>What happens at a point.</summary>
internal enum InjectedFault
{
    /// <summary>The operator ends before the request goes out.</summary>
    KillBefore,

    /// <summary>It ends when the request has taken effect, and never sees the answer.</summary>
    KillAfterEffect,

    /// <summary>It ends when it has the answer.</summary>
    KillAfterAnswer,

    /// <summary>As <see cref="KillAfterEffect"/>; the next one starts with a cache that lacks this last effect.</summary>
    KillAfterEffectStale,

    /// <summary>As <see cref="KillAfterEffect"/>; the next one starts with a cache from before the scenario's action.</summary>
    KillAfterEffectVeryStale,

    /// <summary>The request is answered with 409 and has no effect.</summary>
    Conflict,

    /// <summary>429, no effect.</summary>
    TooManyRequests,

    /// <summary>500, no effect.</summary>
    ServerError,

    /// <summary>It takes effect, and no answer comes until the operator gives up waiting.</summary>
    Timeout,

    /// <summary>It takes effect, and the connection breaks before the answer.</summary>
    Cut,
}

/// <summary>
/// An effect of the operator on the outside: its ordinal among those of one name since the scenario's action, or since the fault before.
/// </summary>
internal readonly record struct Point(string Effect, int Occurrence)
{
    public override string ToString() => $"{Effect}#{Occurrence}";
}

/// <summary>A fault to inject at a point.</summary>
internal sealed record Injection(Point Point, InjectedFault Fault);
