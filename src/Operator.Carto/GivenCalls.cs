using Operator.Carto.Clients;

namespace Operator.Carto;

/// <summary>
/// What a person says about the operations of CARTO's MCP server, because its tool schemas do not tell. Null: found by name.
/// </summary>
public sealed record GivenCalls
{
    public GivenCall? Create { get; init; }

    public GivenCall? List { get; init; }

    public GivenCall? Get { get; init; }

    public GivenCall? Rename { get; init; }

    public GivenCall? Delete { get; init; }

    internal GivenCall? Of(ClientOperation operation) =>
        operation switch
        {
            ClientOperation.Create => Create,
            ClientOperation.List => List,
            ClientOperation.Get => Get,
            ClientOperation.Rename => Rename,
            _ => Delete,
        };
}

/// <summary>How to make the call of one operation; what is null is found by name.</summary>
public sealed record GivenCall
{
    /// <summary>The tool.</summary>
    public string? Tool { get; init; }

    /// <summary>Constant arguments, written as text.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary>The argument for the client's name.</summary>
    public string? NameArgument { get; init; }

    /// <summary>The argument for the client's id.</summary>
    public string? IdArgument { get; init; }

    /// <summary>By content: settings that are the same keep their connection.</summary>
    public bool Equals(GivenCall? other) =>
        other is not null
        && (Tool, NameArgument, IdArgument) == (other.Tool, other.NameArgument, other.IdArgument)
        && Arguments.Count == other.Arguments.Count
        && Arguments.All(pair => other.Arguments.TryGetValue(pair.Key, out var value) && value == pair.Value);

    public override int GetHashCode() => HashCode.Combine(Tool, NameArgument, IdArgument, Arguments.Count);
}
