namespace Operator.Carto;

/// <summary>What a person says about the fields of CARTO's answers. Null: found by name.</summary>
public sealed record GivenAnswers
{
    /// <summary>The field that holds the list of clients.</summary>
    public string? List { get; init; }

    /// <summary>The field that holds the Client ID.</summary>
    public string? Id { get; init; }

    /// <summary>The field that holds the Client Secret.</summary>
    public string? Secret { get; init; }

    /// <summary>The field that holds the name.</summary>
    public string? Name { get; init; }

    /// <summary>The field that holds the time of creation.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>The field that holds the type of a client.</summary>
    public string? Type { get; init; }

    /// <summary>What that field holds for an M2M client: every other value is another kind of application.</summary>
    public string? M2MType { get; init; }
}
