namespace Operator.Runtime;

/// <summary>Which work goes first.</summary>
public enum WorkPriority
{
    /// <summary>Something changed: handed out before background work.</summary>
    Fresh,

    /// <summary>A look for its own sake: handed out when nothing fresh waits, and now and then in between.</summary>
    Background,
}
