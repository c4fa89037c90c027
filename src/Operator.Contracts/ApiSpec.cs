using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Operator.Contracts.Schema;

namespace Operator.Contracts;

/// <summary>CARTO's MCP server. What is not set is found by its names.</summary>
public sealed record McpSpec
{
    /// <summary>
    /// URL of the MCP server. By default the operator tries the addresses that CARTO documents: apiBaseUrl/mcp/ACCOUNT first, where ACCOUNT
    /// is the account id in the token.
    /// </summary>
    [JsonPropertyName("url")]
    [ServerUrl]
    public string? Url { get; init; }

    /// <summary>The tools and arguments of operations that cannot be found by their names.</summary>
    [JsonPropertyName("operations")]
    public McpOperations? Operations { get; init; }

    /// <summary>The fields of answers that cannot be found by their names.</summary>
    [JsonPropertyName("answers")]
    public AnswersSpec? Answers { get; init; }
}

/// <summary>How the MCP server's tools are called, for each operation.</summary>
public sealed record McpOperations
{
    /// <summary>Creates a client.</summary>
    [JsonPropertyName("create")]
    public McpOperation? Create { get; init; }

    /// <summary>Lists clients.</summary>
    [JsonPropertyName("list")]
    public McpOperation? List { get; init; }

    /// <summary>Gets a client.</summary>
    [JsonPropertyName("get")]
    public McpOperation? Get { get; init; }

    /// <summary>Renames a client.</summary>
    [JsonPropertyName("rename")]
    public McpOperation? Rename { get; init; }

    /// <summary>Deletes a client.</summary>
    [JsonPropertyName("delete")]
    public McpOperation? Delete { get; init; }
}

/// <summary>How a tool is called. What is not set is found by its names.</summary>
public sealed record McpOperation
{
    /// <summary>The tool. By default manage_oauth_clients.</summary>
    [JsonPropertyName("tool")]
    [Text(256)]
    public string? Tool { get; init; }

    /// <summary>Constant arguments, such as method: create; numbers and true or false are written as text.</summary>
    [JsonPropertyName("arguments")]
    [Most(16)]
    [MaxItemLength(1024)]
    public IReadOnlyDictionary<string, string>? Arguments { get; init; }

    /// <summary>The argument for the client's name.</summary>
    [JsonPropertyName("nameArgument")]
    [Text(256)]
    public string? NameArgument { get; init; }

    /// <summary>The argument for the client's id.</summary>
    [JsonPropertyName("idArgument")]
    [Text(256)]
    public string? IdArgument { get; init; }
}

/// <summary>The fields of answers about clients.</summary>
[Rule("!has(self.m2mType) || has(self.type)", "write type, the field that holds the type of a client, beside m2mType")]
public sealed record AnswersSpec
{
    /// <summary>The field that holds the list of clients.</summary>
    [JsonPropertyName("list")]
    [Text(128)]
    public string? List { get; init; }

    /// <summary>The field that holds the Client ID.</summary>
    [JsonPropertyName("id")]
    [Text(128)]
    public string? Id { get; init; }

    /// <summary>The field that holds the Client Secret.</summary>
    [JsonPropertyName("secret")]
    [Text(128)]
    public string? Secret { get; init; }

    /// <summary>The field that holds the client's name.</summary>
    [JsonPropertyName("name")]
    [Text(128)]
    public string? Name { get; init; }

    /// <summary>The field that holds the time of creation.</summary>
    [JsonPropertyName("createdAt")]
    [Text(128)]
    public string? CreatedAt { get; init; }

    /// <summary>The field that holds the type of a client.</summary>
    [JsonPropertyName("type")]
    [Text(128)]
    public string? Type { get; init; }

    /// <summary>What that field holds for an M2M client. Clients of any other type are left alone.</summary>
    [JsonPropertyName("m2mType")]
    [Text(128)]
    public string? M2MType { get; init; }
}

/// <summary>CARTO's HTTP API for clients. Its paths are not documented; carto --debug credentials list m2m --json prints them.</summary>
public sealed record HttpSpec
{
    /// <summary>URL that paths are relative to.</summary>
    [JsonPropertyName("baseUrl")]
    [Required]
    [ServerUrl]
    public string BaseUrl { get; init; } = "";

    /// <summary>The requests of operations.</summary>
    [JsonPropertyName("operations")]
    [Required]
    public HttpOperations Operations { get; init; } = new();

    /// <summary>How the list is paged; it has one page if unset.</summary>
    [JsonPropertyName("paging")]
    public HttpPagingSpec? Paging { get; init; }

    /// <summary>The fields of answers that cannot be found by their names.</summary>
    [JsonPropertyName("answers")]
    public AnswersSpec? Answers { get; init; }
}

/// <summary>The requests of operations. Without get, clients are found in the list; without rename, they keep their names.</summary>
[Rule("has(self.create.body) && self.create.body.contains('${name}')", "create.body: write ${name} where the client's name goes")]
[Rule(
    "!has(self.get) || self.get.path.contains('${id}') || (has(self.get.body) && self.get.body.contains('${id}'))",
    "get: write ${id} where the client's id goes, in path or body"
)]
[Rule(
    "!has(self.rename) || (self.rename.path.contains('${id}') || (has(self.rename.body) && self.rename.body.contains('${id}'))) "
        + "&& has(self.rename.body) && self.rename.body.contains('${name}')",
    "rename: write ${id} where the client's id goes, in path or body, and ${name} in body where its name goes"
)]
[Rule(
    "self.delete.path.contains('${id}') || (has(self.delete.body) && self.delete.body.contains('${id}'))",
    "delete: write ${id} where the client's id goes, in path or body"
)]
public sealed record HttpOperations
{
    /// <summary>Creates a client.</summary>
    [JsonPropertyName("create")]
    [Required]
    public HttpOperation Create { get; init; } = new();

    /// <summary>Lists clients.</summary>
    [JsonPropertyName("list")]
    [Required]
    public HttpOperation List { get; init; } = new();

    /// <summary>Gets a client.</summary>
    [JsonPropertyName("get")]
    public HttpOperation? Get { get; init; }

    /// <summary>Renames a client.</summary>
    [JsonPropertyName("rename")]
    public HttpOperation? Rename { get; init; }

    /// <summary>Deletes a client.</summary>
    [JsonPropertyName("delete")]
    [Required]
    public HttpOperation Delete { get; init; } = new();
}

/// <summary>One request.</summary>
public sealed record HttpOperation
{
    /// <summary>Its method.</summary>
    [JsonPropertyName("method")]
    [Required]
    public HttpVerb Method { get; init; }

    /// <summary>Its path below baseUrl, with its query; ${id} stands for the client's id.</summary>
    [JsonPropertyName("path")]
    [Required]
    [Text(
        512,
        @"self.matches(r'^/[!-~]*$') && !self.contains('#') && !self.contains('..')",
        "write a path that begins with '/', without spaces, '#' and '..'"
    )]
    public string Path { get; init; } = "";

    /// <summary>Its body, in JSON; ${name} and ${id} in its texts stand for the client's name and id.</summary>
    [JsonPropertyName("body")]
    [Text(4096)]
    public string? Body { get; init; }
}

/// <summary>Method of a request.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HttpVerb>))]
public enum HttpVerb
{
    GET,
    POST,
    PUT,
    PATCH,
    DELETE,
}

/// <summary>How a list is paged.</summary>
public sealed record HttpPagingSpec
{
    /// <summary>The query parameter that asks for a page.</summary>
    [JsonPropertyName("parameter")]
    [Required]
    [Text(128, "self.matches(r'^[!-~]+$')", "write the name of a query parameter, without spaces")]
    public string Parameter { get; init; } = "";

    /// <summary>What it holds: the number of the page, the number of clients before it, or a text from the page before.</summary>
    [JsonPropertyName("by")]
    [Required]
    public HttpPagingBy By { get; init; }

    /// <summary>The number of the first page.</summary>
    [JsonPropertyName("first")]
    [Range(0, 1)]
    public int First { get; init; } = 1;
}

/// <summary>What asks for a page.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HttpPagingBy>))]
public enum HttpPagingBy
{
    Page,
    Offset,
    Cursor,
}
