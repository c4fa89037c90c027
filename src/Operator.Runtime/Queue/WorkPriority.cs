namespace Operator.Runtime;

/// <summary>Priority of work.</summary>
public enum WorkPriority
{
    /// <summary>Something changed: handed out before background work.</summary>
    Fresh,

    /// <summary>Periodic work: handed out when nothing fresh waits, and occasionally in between.</summary>
    Background,
}
