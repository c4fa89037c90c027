using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace Carto.Emulator;

/// <summary>A tool that has nothing to do with clients: it is there to be listed, and not to be mistaken for one that has.</summary>
/// <param name="Tool">Name, description and schema.</param>
/// <param name="IsWorkspace">API access tokens do not see it.</param>
internal sealed record ListedTool(Tool Tool, bool IsWorkspace)
{
    /// <summary>
    /// Describes a tool at the length usual for tools that models read.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="isWorkspace">API access tokens do not see it.</param>
    /// <param name="summary">What it does, as a sentence.</param>
    /// <param name="methods">The values of its argument <c>method</c>; none if it has one operation.</param>
    /// <param name="arguments">Names of its other arguments; with a <c>!</c> in front if required.</param>
    public static ListedTool New(string name, bool isWorkspace, string summary, string[] methods, string[] arguments)
    {
        JsonObject properties = [];
        JsonArray required = [];
        if (methods.Length > 0)
        {
            properties["method"] = new JsonObject
            {
                ["type"] = "string",
                ["enum"] = new JsonArray([.. methods.Select(m => (JsonNode)m)]),
                ["description"] = $"What to do: {string.Join(", ", methods)}. The other arguments depend on it.",
            };
            required.Add((JsonNode)"method");
        }

        foreach (var argument in arguments)
        {
            var bare = argument.TrimStart('!');
            properties[bare] = Argument(bare);
            if (bare != argument)
            {
                required.Add((JsonNode)bare);
            }
        }

        using var schema = JsonDocument.Parse(
            new JsonObject
            {
                ["type"] = "object",
                ["properties"] = properties,
                ["required"] = required,
            }.ToJsonString()
        );
        return new ListedTool(
            new Tool
            {
                Name = name,
                Description = Describe(name, summary),
                InputSchema = schema.RootElement.Clone(),
            },
            isWorkspace
        );
    }

    /// <summary>Long, because a list of tools at its real size is what a client has to cope with.</summary>
    private static string Describe(string name, string summary) =>
        $"""
            {summary}

            When to use {name}: when the user asks for this in words of their own, for example with the name of a map, a table, a region or a
            colleague, and no other tool fits better. Ask for what is missing instead of inventing it: names of tables are written in full,
            with project and dataset, and areas are GeoJSON polygons in WGS 84 with at most 10,000 vertices.
            When not to use {name}: to answer a question that the last answer already answers, or to try whether a name exists; search first.
            The call runs with the permissions of the signed-in user. What the user may not see is left out of the answer without an error, so
            that an empty answer does not mean that there is nothing. Answers that are longer than 100 rows are cut; say so to the user, and
            offer to narrow the question by time, by area or by category. Numbers are in SI units unless the name of a column says otherwise,
            times are in UTC, and currencies are those of the source table. Results may be up to five minutes old.
            """;

    private static JsonObject Argument(string name)
    {
        var isList = name.EndsWith("Ids", StringComparison.Ordinal) || name.EndsWith("_list", StringComparison.Ordinal);
        JsonObject argument = new()
        {
            ["type"] =
                isList ? "array"
                : name is "limit" or "page" or "pageSize" or "days" or "max_rows" or "radiusMeters" ? "integer"
                : name.StartsWith("include", StringComparison.Ordinal) || name is "confirm" or "dry_run" or "isPublic" ? "boolean"
                : "string",
            ["description"] =
                $"The {name} of the call, as the user or an earlier answer names it. It is compared letter by letter, also in capitals. "
                + "Where it may be left out, the default of the organization is used.",
        };
        if (isList)
        {
            argument["items"] = new JsonObject { ["type"] = "string" };
        }

        return argument;
    }
}
