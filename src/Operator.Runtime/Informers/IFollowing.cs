namespace Operator.Runtime;

/// <summary>An informer's progress for one requested namespace, or for all of them.</summary>
public interface IFollowing
{
    /// <summary>The namespace; null for all, or for a cluster-scoped kind.</summary>
    string? Namespace { get; }

    /// <summary>Completes when the store has synced once.</summary>
    Task Synced { get; }

    /// <summary>Completes then, or when the server has refused for a reason that does not resolve by itself.</summary>
    Task Answered { get; }

    /// <summary>The server's message when it refuses to list or watch; null otherwise. Retried forever.</summary>
    string? Refusal { get; }

    /// <summary>Whether it covers a namespace; null: any.</summary>
    bool Covers(string? @namespace) => Namespace is null || @namespace is null || Namespace == @namespace;
}
