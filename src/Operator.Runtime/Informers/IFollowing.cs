namespace Operator.Runtime;

/// <summary>What an informer does about one of the namespaces that it was asked for, or about all of them together.</summary>
public interface IFollowing
{
    /// <summary>The namespace; null: all, or a kind without namespaces.</summary>
    string? Namespace { get; }

    /// <summary>Ends when the store has held everything of it once.</summary>
    Task Synced { get; }

    /// <summary>Ends when that is so, or when the server has refused it for a reason that does not pass by itself.</summary>
    Task Answered { get; }

    /// <summary>Why the server refuses to list or watch, in its own words; null when it does not. It is asked again for ever.</summary>
    string? Refusal { get; }

    /// <summary>Whether objects of a namespace are among what is followed; null: whether any are.</summary>
    bool Covers(string? @namespace) => Namespace is null || @namespace is null || Namespace == @namespace;
}
