using System.Text.Json;

namespace Operator.Carto.Clients;

/// <summary>An operation bound to a tool call. Only sends arguments in the tool's schema.</summary>
/// <param name="Tool">The tool.</param>
/// <param name="Constants">Constant arguments, in schema order.</param>
/// <param name="NameArgument">The argument for the client's name.</param>
/// <param name="IdArgument">The argument for the client's id.</param>
/// <param name="Paging">How to request the next page; null if the schema has none.</param>
/// <param name="MaxNameLength">Maximum name length in the schema; null if none.</param>
/// <param name="TakesIdList">Whether the argument for the id takes a list.</param>
/// <param name="IsGiven">Whether the account's spec says how to make the call, at least in part.</param>
internal sealed record BoundCall(
    string Tool,
    IReadOnlyList<KeyValuePair<string, JsonElement>> Constants,
    string? NameArgument = null,
    string? IdArgument = null,
    Paging? Paging = null,
    int? MaxNameLength = null,
    bool TakesIdList = false,
    bool IsGiven = false
)
{
    /// <summary>Whether it takes the entry's own id, which may differ from the client ID.</summary>
    public bool TakesOwnId => IdArgument is not null && !Json.Plain(IdArgument).Contains("client", StringComparison.Ordinal);

    /// <summary>The arguments of one call.</summary>
    public Dictionary<string, JsonElement> Arguments(string? id = null, string? name = null)
    {
        var arguments = new Dictionary<string, JsonElement>(Constants, StringComparer.Ordinal);
        if (IdArgument is not null && id is not null)
        {
            arguments[IdArgument] = TakesIdList ? Json.List(id) : Json.Value(id);
        }

        if (NameArgument is not null && name is not null)
        {
            arguments[NameArgument] = Json.Value(name);
        }

        return arguments;
    }

    /// <summary>For people: <c>manage_oauth_clients(method=create, type=m2m, title)</c>.</summary>
    public override string ToString()
    {
        var parts = Constants
            .Select(constant => $"{constant.Key}={constant.Value}")
            .Concat(new[] { TakesIdList ? $"{IdArgument}[]" : IdArgument, NameArgument, Paging?.Argument }.OfType<string>());
        return $"{Tool}({string.Join(", ", parts)}){(IsGiven ? ", given in the spec" : "")}";
    }
}

/// <summary>How to request the next page of a list.</summary>
/// <param name="Argument">The argument.</param>
/// <param name="Kind">Kind of its value.</param>
/// <param name="First">Number of the first page in the schema; null if none.</param>
internal sealed record Paging(string Argument, PagingKind Kind, long? First = null);

/// <summary>How a page is identified.</summary>
internal enum PagingKind
{
    /// <summary>A string from the previous response.</summary>
    Cursor,

    /// <summary>Its number.</summary>
    Page,

    /// <summary>The number of clients before it.</summary>
    Offset,
}
