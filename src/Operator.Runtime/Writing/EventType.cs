namespace Operator.Runtime;

/// <summary>Kubernetes event types.</summary>
public enum EventType
{
    /// <summary>Normal operation.</summary>
    Normal,

    /// <summary>A person may have to act.</summary>
    Warning,
}
