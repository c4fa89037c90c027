namespace Operator.Runtime;

/// <summary>The two types of event that Kubernetes knows.</summary>
public enum EventType
{
    /// <summary>Something went as it should.</summary>
    Normal,

    /// <summary>A person may have to act.</summary>
    Warning,
}
