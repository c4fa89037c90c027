namespace Carto.Emulator;

/// <summary>
/// How this CARTO behaves where the real one's behaviour is not published, differs between its editions, or can be bought. Each member
/// says whether its default is <b>known</b> of CARTO or a <b>guess</b>. Immutable: change a running emulator with
/// <c>emulator.Variants = emulator.Variants with { ... }</c>.
/// </summary>
public sealed record EmulatorVariants
{
    // Tokens.

    /// <summary>Life of an access token. Known: 24 h.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How far ahead the clock is that tokens have their times from; negative: behind, so that <c>exp</c> may be past. Guess: not.</summary>
    public TimeSpan TokenClockOffset { get; init; }

    /// <summary>How long a new client gets 403 "client-grant" for a token. Guess: on Auth0's side the grant is a second call.</summary>
    public TimeSpan GrantLag { get; init; }

    /// <summary>How many requests for a token a new client gets that answer to. Guess: none.</summary>
    public int GrantLagRequests { get; init; }

    /// <summary>The refresh-token grant answers with a new refresh token and ends the old one. Guess: Auth0 offers both.</summary>
    public bool RotateRefreshTokens { get; init; }

    /// <summary>Tokens already issued end with their client. Guess: unknown; they live on by default.</summary>
    public bool TokensDieWithClient { get; init; }

    /// <summary>What the token of an M2M client can do at the MCP server. Guess: unknown, see <see cref="Emulator.M2MTokenAccess"/>.</summary>
    public M2MTokenAccess M2MTokenAccess { get; init; }

    /// <summary>
    /// The subject of an M2M client's token. Guess: Auth0 writes <c>CLIENT_ID@clients</c>; whether CARTO changes that is unknown.
    /// </summary>
    public M2MTokenSubject M2MTokenSubject { get; init; }

    /// <summary>Status of <c>invalid_grant</c> and its like. Guess: Auth0 uses 403, RFC 6749 says 400.</summary>
    public int GrantErrorStatus { get; init; } = 403;

    // The MCP server.

    /// <summary>Form of its HTTP answers. Known: either.</summary>
    public ResponseFormat ResponseFormat { get; init; }

    /// <summary>The one MCP protocol version that it speaks, for example <c>2025-06-18</c>; null: all that the SDK knows. Guess.</summary>
    public string? ProtocolVersion { get; init; }

    /// <summary>How it tells a Viewer, or a plan without M2M clients, that it will not do it. Guess: 403 as the rest of the API.</summary>
    public PermissionRefusal PermissionRefusal { get; init; }

    /// <summary>Requests of one user that a second holds; more get 429 with <c>Retry-After: 1</c>. Null: no limit. Guess: unknown.</summary>
    public int? RequestsPerSecond { get; init; }

    // The schema of manage_oauth_clients. Its arguments are unknown: all of these are guesses.

    /// <summary>How the schema tells the arguments of its operations.</summary>
    public SchemaShape SchemaShape { get; init; }

    /// <summary>Argument that selects the operation.</summary>
    public string MethodArgument { get; init; } = "method";

    /// <summary>The words that select an operation; a null leaves the operation out.</summary>
    public MethodNames Methods { get; init; } = new();

    /// <summary>The schema lists the words as an enum; without, only a description does.</summary>
    public bool MethodEnum { get; init; } = true;

    /// <summary>Argument that bears the name.</summary>
    public string NameArgument { get; init; } = "title";

    /// <summary>Argument that bears the Client ID.</summary>
    public string IdArgument { get; init; } = "id";

    /// <summary>Argument that bears the type of client; null: there is none.</summary>
    public string? TypeArgument { get; init; } = "type";

    /// <summary>Values of <see cref="TypeArgument"/>; only <c>m2m</c> works.</summary>
    public IReadOnlyList<string> TypeValues { get; init; } = ["m2m"];

    /// <summary>A call without <see cref="TypeArgument"/> is refused.</summary>
    public bool TypeRequired { get; init; } = true;

    /// <summary>Arguments that the schema does not name are refused.</summary>
    public bool RefuseUnknownArguments { get; init; } = true;

    /// <summary>Which tool deletes. Known: the <c>delete</c> tool has the kind <c>oauth_client</c>; whether others do too is not.</summary>
    public DeleteVia DeleteVia { get; init; }

    /// <summary>Argument of the <c>delete</c> tool that bears the Client ID. Guess; that the other is <c>kind</c> is known.</summary>
    public string DeleteIdArgument { get; init; } = "id";

    // Answers.

    /// <summary>The field that shows what kind of application a client is; null: none does. Guess, as is its name.</summary>
    public string? TypeField { get; init; } = "type";

    /// <summary>What that field shows of an M2M client. Guess; <c>non_interactive</c> is the word of the platform behind CARTO.</summary>
    public string TypeWord { get; init; } = "m2m";

    /// <summary>Lists show the secret. Guess: the Workspace shows it again, of the interfaces it is unknown.</summary>
    public bool SecretInList { get; init; }

    /// <summary>Reading one client shows the secret. Guess, as above.</summary>
    public bool SecretInGet { get; init; } = true;

    /// <summary>Creation shows the secret. Known of the CLI; else a guess.</summary>
    public bool SecretInCreate { get; init; } = true;

    /// <summary>
    /// What stands in place of the secret where lists and reading show it, with its last four characters for <c>{last4}</c>; null: the secret
    /// itself. Guess: Auth0 masks in places.
    /// </summary>
    public string? SecretMask { get; init; }

    /// <summary>Creation shows <see cref="SecretMask"/>, too. Guess: no.</summary>
    public bool MaskInCreate { get; init; }

    /// <summary>Creation answers with nothing but Client ID and Client Secret. Guess: the CLI does.</summary>
    public bool CreateAnswersPairOnly { get; init; }

    /// <summary>Answers are <c>{"data": ...}</c>. Known: sometimes.</summary>
    public bool WrapInData { get; init; }

    /// <summary>Form of a list. Guess.</summary>
    public ListShape ListShape { get; init; }

    /// <summary>Member that bears the Client ID. Known of the CLI's answer to a creation; else a guess.</summary>
    public string IdField { get; init; } = "clientId";

    /// <summary>Member that bears the secret. Known of the CLI's answer to a creation; else a guess.</summary>
    public string SecretField { get; init; } = "clientSecret";

    /// <summary>Member that bears the name. Guess.</summary>
    public string NameField { get; init; } = "title";

    /// <summary>Member that bears the time of creation (ISO 8601); null: none does. Guess.</summary>
    public string? CreatedAtField { get; init; } = "createdAt";

    /// <summary>What a deletion answers. Guess.</summary>
    public DeleteAnswer DeleteAnswer { get; init; }

    /// <summary>Status of a refusal because there is no such client. Guess: 404; 400, 409, 422 and 500 are not ruled out.</summary>
    public int GoneStatus { get; init; } = 404;

    /// <summary>Its words, with <c>{id}</c> for the Client ID; null: "OAuth client {id} not found". Guess.</summary>
    public string? GoneMessage { get; init; }

    /// <summary>Results bear their answer as <c>structuredContent</c> too, where it is an object. Guess.</summary>
    public bool StructuredContent { get; init; }

    /// <summary>Form of a refusal by a tool. Known: <c>isError</c> marks one; its words are a guess.</summary>
    public ErrorAnswer ErrorAnswer { get; init; }

    // Rules.

    /// <summary>A name can be given once a user. Known: not promised.</summary>
    public bool UniqueNames { get; init; }

    /// <summary>Longest name, in characters; null: none. Guess.</summary>
    public int? MaxNameLength { get; init; }

    /// <summary>What becomes of a longer one. Guess.</summary>
    public LongNames LongNames { get; init; }

    /// <summary>How a list is cut into pages. Guess.</summary>
    public Paging Paging { get; init; }

    /// <summary>Length of a page, and the longest that can be asked for.</summary>
    public int PageSize { get; init; } = 50;

    /// <summary>How many of its owner's lists a new client is missing from. Guess: none.</summary>
    public int ListLagLists { get; init; }

    /// <summary>How long a new client is missing from lists. Guess: not at all.</summary>
    public TimeSpan ListLag { get; init; }

    /// <summary>How many of its owner's lists a deleted client is still in. Guess: none.</summary>
    public int ListLagListsAfterDelete { get; init; }

    /// <summary>How long a deleted client is still in lists. Guess: not at all.</summary>
    public TimeSpan ListLagAfterDelete { get; init; }

    /// <summary>Most live clients a user may have; null: no limit. Guess.</summary>
    public int? ClientQuota { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where members contradict each other.</summary>
    internal void Validate()
    {
        string[] arguments = [MethodArgument, NameArgument, IdArgument, TypeArgument ?? "", DeleteIdArgument];
        Require(arguments.Take(4).Where(a => a.Length > 0).Distinct(StringComparer.Ordinal).Count() == (TypeArgument is null ? 3 : 4),
            "the arguments of manage_oauth_clients need names of their own");
        Require(DeleteIdArgument is not ("" or "kind"), "the delete tool needs an argument for the ID beside kind");
        Require(TypeArgument is null || TypeValues.Contains("m2m"), "the types must include m2m");
        Require(Methods.List is { Length: > 0 } && Methods.Create is { Length: > 0 }, "list and create cannot be left out");
        Require(DeleteVia == DeleteVia.DeleteTool || Methods.Delete is { Length: > 0 }, "manage_oauth_clients needs a word for delete");
        Require(Methods.Words.Count == Methods.Words.Distinct(StringComparer.Ordinal).Count(), "two operations have the same word");
        Require(Paging != Paging.Cursor || ListShape != ListShape.Array || WrapInData, "a bare array has no place for a cursor");
        Require(PageSize > 0, "a page has at least one entry");
        Require(MaxNameLength is null or > 0, "names have at least one character");
        Require(TokenLifetime >= TimeSpan.FromSeconds(1), "a token lives at least one second");
        Require(GrantErrorStatus is >= 400 and < 500, "an error of the caller has a status of 4xx");
        Require(RequestsPerSecond is null or > 0, "a rate is at least one request a second");
        Require(ClientQuota is null or >= 0, "a quota is not negative");
        Require(ListLag >= TimeSpan.Zero && ListLagLists >= 0, "a lag is not negative");
        Require(ListLagAfterDelete >= TimeSpan.Zero && ListLagListsAfterDelete >= 0, "a lag is not negative");
        Require(GrantLag >= TimeSpan.Zero && GrantLagRequests >= 0, "a lag is not negative");
        Require(GoneStatus is >= 400 and < 600, "a refusal has a status of 4xx or 5xx");
        Require(Paging != Paging.Cursor || ListShape != ListShape.Markdown, "a table has no place for a cursor");
    }

    private static void Require(bool condition, string rule)
    {
        if (!condition)
        {
            throw new ArgumentException($"These variants do not fit together: {rule}.");
        }
    }
}

/// <summary>The words that select an operation.</summary>
public sealed record MethodNames
{
    public string List { get; init; } = "list";

    public string Create { get; init; } = "create";

    public string? Get { get; init; } = "get";

    public string? Update { get; init; } = "update";

    /// <summary>Used where <see cref="EmulatorVariants.DeleteVia"/> says so.</summary>
    public string? Delete { get; init; } = "delete";

    internal IReadOnlyList<string> Words => [.. new[] { List, Create, Get, Update, Delete }.OfType<string>()];
}

/// <summary>What the token of an M2M client can do at the MCP server.</summary>
public enum M2MTokenAccess
{
    /// <summary>What its owner can.</summary>
    Full,

    /// <summary>It does not see the workspace tools.</summary>
    ToolsHidden,

    /// <summary>It sees them, and their calls are refused.</summary>
    CallsRefused,
}

/// <summary>The subject of an M2M client's token.</summary>
public enum M2MTokenSubject
{
    /// <summary><c>CLIENT_ID@clients</c>.</summary>
    Client,

    /// <summary>The user ID of its owner.</summary>
    Owner,
}

/// <summary>Form of the MCP server's HTTP answers.</summary>
public enum ResponseFormat
{
    /// <summary><c>text/event-stream</c>.</summary>
    Sse,

    /// <summary><c>application/json</c>.</summary>
    Json,
}

/// <summary>How the MCP server says no for lack of role or plan.</summary>
public enum PermissionRefusal
{
    /// <summary>HTTP 403 with <c>{"error": ...}</c> to every request.</summary>
    Http,

    /// <summary>The workspace tools are not in the list.</summary>
    ToolsHidden,

    /// <summary>The tools are there, and their results have <c>isError</c>.</summary>
    ToolError,
}

/// <summary>How the schema of <c>manage_oauth_clients</c> tells the arguments of its operations.</summary>
public enum SchemaShape
{
    /// <summary>One object with all arguments; descriptions say which belong to what.</summary>
    Flat,

    /// <summary><c>oneOf</c> with an object for each operation, whose selector is a <c>const</c>.</summary>
    OneOf,
}

/// <summary>Which tool deletes.</summary>
public enum DeleteVia
{
    /// <summary>The <c>delete</c> tool, with <c>kind: oauth_client</c>.</summary>
    DeleteTool,

    /// <summary><c>manage_oauth_clients</c>; the <c>delete</c> tool has no kind for it.</summary>
    ManageTool,

    /// <summary>Either.</summary>
    Both,
}

/// <summary>Form of a list.</summary>
public enum ListShape
{
    /// <summary><c>[...]</c>.</summary>
    Array,

    /// <summary><c>{"items": [...]}</c>.</summary>
    Items,

    /// <summary><c>{"clients": [...]}</c>.</summary>
    Clients,

    /// <summary><c>{"results": [...]}</c>.</summary>
    Results,

    /// <summary><c>{"oauth_clients": [...]}</c>.</summary>
    OAuthClients,

    /// <summary>A table for people, in Markdown.</summary>
    Markdown,
}

/// <summary>What a deletion answers.</summary>
public enum DeleteAnswer
{
    /// <summary><c>{"success": true}</c>.</summary>
    Success,

    /// <summary>The ID of what is gone, in an object.</summary>
    Id,

    /// <summary>A sentence that is not JSON.</summary>
    Text,

    /// <summary>No content at all.</summary>
    Nothing,
}

/// <summary>Form of a refusal by a tool.</summary>
public enum ErrorAnswer
{
    /// <summary><c>isError</c> and <c>{"error": "...", "status": 404}</c> as text.</summary>
    Json,

    /// <summary><c>isError</c> and a sentence as text.</summary>
    Text,

    /// <summary>A JSON-RPC error with the sentence as its message.</summary>
    JsonRpc,
}

/// <summary>What becomes of a name that is too long.</summary>
public enum LongNames
{
    Reject,

    /// <summary>It is cut without a word.</summary>
    Truncate,
}

/// <summary>How a list is cut into pages.</summary>
public enum Paging
{
    /// <summary>All in one answer.</summary>
    None,

    /// <summary>Arguments <c>page</c> (from 1) and <c>limit</c>; beside the array, where there is a place, <c>page</c>, <c>limit</c>, <c>total</c>.</summary>
    PageAndLimit,

    /// <summary>Argument <c>cursor</c>; beside the array <c>nextCursor</c>, null on the last page.</summary>
    Cursor,
}
