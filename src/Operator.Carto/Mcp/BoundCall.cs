using System.Text.Json;

namespace Operator.Carto.Mcp;

/// <summary>An operation and the tool call that does it. Sends no argument that the tool's schema does not name.</summary>
/// <param name="Tool">The tool.</param>
/// <param name="Constants">Arguments that are the same in every call, in the order of the schema.</param>
/// <param name="NameArgument">The argument that takes the client's name.</param>
/// <param name="IdArgument">The argument that takes the client's id.</param>
/// <param name="Paging">How to ask for the next page; null when the schema names no way.</param>
/// <param name="MaxNameLength">The longest name that the schema allows; null when it does not say.</param>
internal sealed record BoundCall(
    string Tool,
    IReadOnlyList<KeyValuePair<string, JsonElement>> Constants,
    string? NameArgument = null,
    string? IdArgument = null,
    Paging? Paging = null,
    int? MaxNameLength = null)
{
    /// <summary>Whether the id is that of the entry, and not necessarily the client ID.</summary>
    public bool TakesOwnId => IdArgument is not null && Json.Plain(IdArgument) is "id" or "identifier";

    /// <summary>The arguments of one call.</summary>
    public Dictionary<string, JsonElement> Arguments(string? id = null, string? name = null)
    {
        var arguments = new Dictionary<string, JsonElement>(Constants, StringComparer.Ordinal);
        if (IdArgument is not null && id is not null)
        {
            arguments[IdArgument] = Json.Value(id);
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
            .Concat(new[] { IdArgument, NameArgument, Paging?.Argument }.OfType<string>());
        return $"{Tool}({string.Join(", ", parts)})";
    }
}

/// <summary>How a list asks for its next page.</summary>
/// <param name="Argument">The argument.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="First">The number of the first page where the schema says it; null when it does not.</param>
internal sealed record Paging(string Argument, PagingKind Kind, long? First = null);

/// <summary>What names a page.</summary>
internal enum PagingKind
{
    /// <summary>A text of the previous answer.</summary>
    Cursor,

    /// <summary>Its number.</summary>
    Page,

    /// <summary>How many clients come before it.</summary>
    Offset,
}
