namespace Carto.Emulator;

/// <summary>
/// Behavior where the real CARTO's is undocumented, differs between editions, or depends on the plan. Each member documents whether its
/// default is <b>known</b> of CARTO or a <b>guess</b>. Immutable: change a running emulator with <c>emulator.Variants = emulator.Variants
/// with { ... }</c>.
/// </summary>
public sealed partial record EmulatorVariants
{
    // Tokens.

    /// <summary>Lifetime of an access token. Known: 24 h.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Offset of the clock used for token times; negative is behind, so that <c>exp</c> may be in the past. Guess: none.</summary>
    public TimeSpan TokenClockOffset { get; init; }

    /// <summary>How long a new client gets 403 "client-grant" for a token. Guess: on Auth0's side the grant is a second call.</summary>
    public TimeSpan GrantLag { get; init; }

    /// <summary>How many token requests of a new client get that response. Guess: none.</summary>
    public int GrantLagRequests { get; init; }

    /// <summary>The refresh token grant returns a new refresh token and invalidates the old one. Guess: Auth0 offers both.</summary>
    public bool RotateRefreshTokens { get; init; }

    /// <summary>Issued tokens become invalid when their client is deleted. Guess: unknown; they live on by default.</summary>
    public bool TokensDieWithClient { get; init; }

    /// <summary>
    /// What the token of an M2M client can do at the MCP server. Guess: unknown, see <see cref="Emulator.M2MTokenAccess"/>.
    /// </summary>
    public M2MTokenAccess M2MTokenAccess { get; init; }

    /// <summary>
    /// The subject of an M2M client's token. Guess: Auth0 writes <c>CLIENT_ID@clients</c>; whether CARTO changes that is unknown.
    /// </summary>
    public M2MTokenSubject M2MTokenSubject { get; init; }

    /// <summary>Status of <c>invalid_grant</c> and similar errors. Guess: Auth0 uses 403, RFC 6749 specifies 400.</summary>
    public int GrantErrorStatus { get; init; } = 403;

    /// <summary>
    /// The token endpoint takes the pair in a Basic header, too. Guess: Auth0 offers both; CARTO registers its clients for the body only.
    /// </summary>
    public bool BasicAuthentication { get; init; } = true;

    // The MCP server.

    /// <summary>Where it answers; elsewhere 404. Known in part, see there.</summary>
    public McpAddresses Addresses { get; init; } = new();

    /// <summary>
    /// How long the first page of <c>tools/list</c> takes, which each connect asks for. Measured by others: a connect takes 1 to 2 s. Off
    /// by default, because tests count on its pace.
    /// </summary>
    public TimeSpan ConnectLatency { get; init; }

    /// <summary>
    /// A 401 is "Authentication failed", with <c>WWW-Authenticate</c> that names the metadata of RFC 9728, which is served then. Measured
    /// by others; without it the API's documented 401.
    /// </summary>
    public bool Challenge { get; init; }

    /// <summary>Tools on a page of <c>tools/list</c>; null for one page. Guess.</summary>
    public int? ToolsPageSize { get; init; }

    /// <summary>Which of CARTO's other tools are listed. Known: those of its public documentation; their arguments are guesses.</summary>
    public OtherTools OtherTools { get; init; }

    /// <summary>How many tools a customer's own workflows add. Known: there may be any, with any name.</summary>
    public int CustomerTools { get; init; }

    /// <summary>Format of its HTTP responses. Known: either.</summary>
    public ResponseFormat ResponseFormat { get; init; }

    /// <summary>
    /// The only MCP protocol version it supports, for example <c>2025-06-18</c>; null for all that the SDK supports. Guess.
    /// </summary>
    public string? ProtocolVersion { get; init; }

    /// <summary>How it refuses a Viewer, or a plan without M2M clients. Guess: 403, like the rest of the API.</summary>
    public PermissionRefusal PermissionRefusal { get; init; }

    /// <summary>
    /// Requests per second and user; more get <see cref="RateLimitAnswer"/>. Null: no limit. Guess: unknown.
    /// </summary>
    public int? RequestsPerSecond { get; init; }

    /// <summary>
    /// Token requests per second of all users together; more get <see cref="RateLimitAnswer"/>. Null: no limit. Known: Auth0 limits a
    /// whole tenant, not a user.
    /// </summary>
    public int? TokenRequestsPerSecond { get; init; }

    /// <summary>How too many requests are refused. Known of the token endpoint: all but the last; of the rest, a guess.</summary>
    public RateLimitAnswer RateLimitAnswer { get; init; }

    /// <summary>
    /// Which tools manage clients. Known: <c>manage_oauth_clients</c> on the cloud; self-hosted, none before the charts of 2026-07-31.
    /// Separate ones are a guess.
    /// </summary>
    public CredentialsTools CredentialsTools { get; init; }

    // Another interface.

    /// <summary>A second interface beside MCP, off by default. Guess in all but that there is one.</summary>
    public HttpApi HttpApi { get; init; } = new();

    // The schema of manage_oauth_clients. Its arguments are unknown: all of these are guesses.

    /// <summary>How the schema describes the arguments of its operations.</summary>
    public SchemaShape SchemaShape { get; init; }

    /// <summary>Argument that selects the operation.</summary>
    public string MethodArgument { get; init; } = "method";

    /// <summary>The values that select an operation; null omits the operation.</summary>
    public MethodNames Methods { get; init; } = new();

    /// <summary>The schema lists the values as an enum rather than only in a description.</summary>
    public bool MethodEnum { get; init; } = true;

    /// <summary>Argument for the name.</summary>
    public string NameArgument { get; init; } = "title";

    /// <summary>Argument for the Client ID.</summary>
    public string IdArgument { get; init; } = "id";

    /// <summary>Argument for the client type; null if there is none.</summary>
    public string? TypeArgument { get; init; } = "type";

    /// <summary>Values of <see cref="TypeArgument"/>; only <c>m2m</c> works.</summary>
    public IReadOnlyList<string> TypeValues { get; init; } = ["m2m"];

    /// <summary>Calls without <see cref="TypeArgument"/> are refused.</summary>
    public bool TypeRequired { get; init; } = true;

    /// <summary>Further arguments: optional lists of text, for other types of clients.</summary>
    public IReadOnlyList<string> ExtraArguments { get; init; } = [];

    /// <summary>Arguments not in the schema are refused.</summary>
    public bool RefuseUnknownArguments { get; init; } = true;

    /// <summary>Which tool deletes. Known: the <c>delete</c> tool has the kind <c>oauth_client</c>; whether others do too is not.</summary>
    public DeleteVia DeleteVia { get; init; }

    /// <summary>Argument of the <c>delete</c> tool for the Client ID. Guess; that the other is <c>kind</c> is known.</summary>
    public string DeleteIdArgument { get; init; } = "id";

    /// <summary>That argument is a list, of one ID. Guess.</summary>
    public bool DeleteIdAsList { get; init; }

    /// <summary>Argument that must be <c>true</c> in a deletion, for example <c>confirm</c>; null for none. Guess.</summary>
    public string? DeleteConfirmation { get; init; }

    // Answers.

    /// <summary>The field that shows what kind of application a client is; null: none does. Guess, as is its name.</summary>
    public string? TypeField { get; init; } = "type";

    /// <summary>What that field shows of an M2M client. Guess; <c>non_interactive</c> is the word of the platform behind CARTO.</summary>
    public string TypeWord { get; init; } = EmulatorClient.M2M;

    /// <summary>Lists include the secret. Guess: the Workspace shows it again; for the APIs it is unknown.</summary>
    public bool SecretInList { get; init; }

    /// <summary>Get includes the secret. Guess, as above.</summary>
    public bool SecretInGet { get; init; } = true;

    /// <summary>Create returns the secret. Known of the CLI; otherwise a guess.</summary>
    public bool SecretInCreate { get; init; } = true;

    /// <summary>
    /// Returned instead of the secret by list and get, with <c>{last4}</c> for its last four characters; null for the secret itself. Guess:
    /// Auth0 masks in places.
    /// </summary>
    public string? SecretMask { get; init; }

    /// <summary>Create also returns <see cref="SecretMask"/>. Guess: no.</summary>
    public bool MaskInCreate { get; init; }

    /// <summary>Create returns only Client ID and Client Secret. Guess: the CLI does.</summary>
    public bool CreateAnswersPairOnly { get; init; }

    /// <summary>Responses are <c>{"data": ...}</c>. Known: sometimes.</summary>
    public bool WrapInData { get; init; }

    /// <summary>That object also has <c>"status": 200</c>. Known of one of CARTO's tools.</summary>
    public bool StatusBesideData { get; init; }

    /// <summary>Format of a list. Guess.</summary>
    public ListShape ListShape { get; init; }

    /// <summary>Field for the list, with <see cref="ListShape.Named"/>. Guess.</summary>
    public string ListField { get; init; } = "oauthClients";

    /// <summary>Field beside the list for the next cursor. Guess.</summary>
    public string NextCursorField { get; init; } = "nextCursor";

    /// <summary>Field for the Client ID. Known of the CLI's create response; otherwise a guess.</summary>
    public string IdField { get; init; } = "clientId";

    /// <summary>Field for the secret. Known of the CLI's create response; otherwise a guess.</summary>
    public string SecretField { get; init; } = "clientSecret";

    /// <summary>Field for the name. Guess.</summary>
    public string NameField { get; init; } = "title";

    /// <summary>Field for the time of creation (ISO 8601); null for none. Guess.</summary>
    public string? CreatedAtField { get; init; } = "createdAt";

    /// <summary>Response to a deletion. Guess.</summary>
    public DeleteAnswer DeleteAnswer { get; init; }

    /// <summary>Status if the client does not exist. Guess: 404; 400, 409, 422 and 500 are not ruled out.</summary>
    public int GoneStatus { get; init; } = 404;

    /// <summary>Its message, with <c>{id}</c> for the Client ID; null for "OAuth client {id} not found". Guess.</summary>
    public string? GoneMessage { get; init; }

    /// <summary>Results also include their content as <c>structuredContent</c> if it is an object. Guess.</summary>
    public bool StructuredContent { get; init; }

    /// <summary>Format of a refusal by a tool. Known: <c>isError</c> marks one; its text is a guess.</summary>
    public ErrorAnswer ErrorAnswer { get; init; }

    // Rules.

    /// <summary>
    /// How many SPA clients a new user has; lists show them among the others. Guess: one list for both is likely.
    /// </summary>
    public int SpaClients { get; init; }

    /// <summary>Names are unique per user. Known: not guaranteed.</summary>
    public bool UniqueNames { get; init; }

    /// <summary>Maximum name length, in characters; null for no limit. Guess.</summary>
    public int? MaxNameLength { get; init; }

    /// <summary>Handling of longer names. Guess.</summary>
    public LongNames LongNames { get; init; }

    /// <summary>What becomes of a name before it is kept. Guess.</summary>
    public StoredNames StoredNames { get; init; }

    /// <summary>Paging of lists. Guess.</summary>
    public Paging Paging { get; init; }

    /// <summary>Default and maximum page size.</summary>
    public int PageSize { get; init; } = 50;

    /// <summary>How many lists of its owner a new client is missing from. Guess: none.</summary>
    public int ListLagLists { get; init; }

    /// <summary>How long a new client is missing from lists. Guess: not at all.</summary>
    public TimeSpan ListLag { get; init; }

    /// <summary>How many lists of its owner still include a deleted client. Guess: none.</summary>
    public int ListLagListsAfterDelete { get; init; }

    /// <summary>How long lists still include a deleted client. Guess: not at all.</summary>
    public TimeSpan ListLagAfterDelete { get; init; }

    /// <summary>Maximum live clients per user; null for no limit. Guess.</summary>
    public int? ClientQuota { get; init; }

    /// <summary>How a client too many is refused. Guess.</summary>
    public QuotaAnswer QuotaAnswer { get; init; }

    /// <summary>In these words. Guess: Auth0's are "You have reached the entity limit" or similar.</summary>
    public string QuotaMessage { get; init; } = "Quota exceeded: too many OAuth clients";

    /// <summary>Throws <see cref="ArgumentException"/> if members contradict each other.</summary>
    internal void Validate()
    {
        string[] arguments = [MethodArgument, NameArgument, IdArgument, TypeArgument ?? "", DeleteIdArgument, DeleteConfirmation ?? ""];
        Require(
            arguments.Take(4).Where(a => a.Length > 0).Distinct(StringComparer.Ordinal).Count() == (TypeArgument is null ? 3 : 4),
            "the arguments of manage_oauth_clients need names of their own"
        );
        Require(DeleteIdArgument is not ("" or "kind"), "the delete tool needs an argument for the ID beside kind");
        Require(
            DeleteConfirmation is null || (DeleteConfirmation is not ("" or "kind") && arguments.Count(a => a == DeleteConfirmation) == 1),
            "the confirmation needs a name of its own"
        );
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
        Require(TokenRequestsPerSecond is null or > 0, "a rate is at least one request a second");
        Require(ClientQuota is null or >= 0, "a quota is not negative");
        Require(ListLag >= TimeSpan.Zero && ListLagLists >= 0, "a lag is not negative");
        Require(ListLagAfterDelete >= TimeSpan.Zero && ListLagListsAfterDelete >= 0, "a lag is not negative");
        Require(GrantLag >= TimeSpan.Zero && GrantLagRequests >= 0, "a lag is not negative");
        Require(GoneStatus is >= 400 and < 600, "a refusal has a status of 4xx or 5xx");
        Require(Paging != Paging.Cursor || ListShape != ListShape.Markdown, "a table has no place for a cursor");
        var broken = HttpApi.Broken();
        Require(broken is null, broken ?? "");
        Require(ConnectLatency >= TimeSpan.Zero, "a latency is not negative");
        Require(ToolsPageSize is null or > 0, "a page of tools has at least one");
        Require(CustomerTools is >= 0 and <= CustomerTool.Most, $"a customer has 0 to {CustomerTool.Most} tools");
        Require(SpaClients is >= 0 and <= 100, "a user begins with 0 to 100 SPA clients");
        Require(!StatusBesideData || WrapInData, "without data there is no place for a status");
        Require(!ExtraArguments.Intersect(arguments, StringComparer.Ordinal).Any(), "an extra argument has a name of its own");
    }

    private static void Require(bool condition, string rule)
    {
        if (!condition)
        {
            throw new ArgumentException($"These variants do not fit together: {rule}.");
        }
    }
}

/// <summary>The values that select an operation.</summary>
public sealed record MethodNames
{
    public string List { get; init; } = "list";

    public string Create { get; init; } = "create";

    public string? Get { get; init; } = "get";

    public string? Update { get; init; } = "update";

    /// <summary>Used depending on <see cref="EmulatorVariants.DeleteVia"/>.</summary>
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

    /// <summary>It sees no tools at all.</summary>
    NoTools,

    /// <summary>
    /// It is taken for a user of its own: lists are empty, and none of its owner's clients exists for it. What it creates belongs to the
    /// owner, and it does not see that either.
    /// </summary>
    EmptyList,

    /// <summary>Calls of workspace tools are refused with 404 "User not found", as CARTO's accounts API has been seen to do.</summary>
    UserNotFound,
}

/// <summary>How too many requests are refused.</summary>
public enum RateLimitAnswer
{
    /// <summary>429 with <c>Retry-After</c>.</summary>
    RetryAfter,

    /// <summary>429 with <c>x-ratelimit-reset</c> alone, in Unix seconds.</summary>
    ResetOnly,

    /// <summary>500 "Global limit has been reached", at the token endpoint as <c>access_denied</c>.</summary>
    GlobalLimit,

    /// <summary>The same sentence as the result of the tool, with <c>isError</c>; where no tool is called, as above.</summary>
    ToolError,
}

/// <summary>How a client too many is refused.</summary>
public enum QuotaAnswer
{
    /// <summary>As the tool refuses other things.</summary>
    Tool,

    /// <summary>HTTP 403 with <c>{"error": ...}</c>.</summary>
    Http,
}

/// <summary>The subject of an M2M client's token.</summary>
public enum M2MTokenSubject
{
    /// <summary><c>CLIENT_ID@clients</c>.</summary>
    Client,

    /// <summary>The user ID of its owner.</summary>
    Owner,
}

/// <summary>Format of the MCP server's HTTP responses.</summary>
public enum ResponseFormat
{
    /// <summary><c>text/event-stream</c>.</summary>
    Sse,

    /// <summary><c>application/json</c>.</summary>
    Json,
}

/// <summary>Where the MCP server answers. With all of them off there is none, as self-hosted without AI features.</summary>
public sealed record McpAddresses
{
    /// <summary><c>/mcp/{account}</c>. Known.</summary>
    public bool Cloud { get; init; } = true;

    /// <summary><c>/api/mcp/{account}</c>. Guess: self-hosted, because its API is below <c>/api</c>.</summary>
    public bool Api { get; init; } = true;

    /// <summary><c>/mcp/sso/{account}</c>. Known, for organizations with SSO.</summary>
    public bool Sso { get; init; }

    /// <summary>The paths of <see cref="Cloud"/> and <see cref="Sso"/> at hosts whose name begins with <c>ai-</c>. Measured.</summary>
    public bool Ai { get; init; }

    internal bool Serve(McpAddress address, string host) =>
        host.StartsWith("ai-", StringComparison.OrdinalIgnoreCase)
            ? Ai && address != McpAddress.Api
            : address switch
            {
                McpAddress.Cloud => Cloud,
                McpAddress.Api => Api,
                _ => Sso,
            };
}

/// <summary>Which of CARTO's other tools are listed.</summary>
public enum OtherTools
{
    /// <summary>Three.</summary>
    Few,

    /// <summary>Some forty, in the groups of CARTO's documentation.</summary>
    Groups,
}

/// <summary>How the MCP server refuses an insufficient role or plan.</summary>
public enum PermissionRefusal
{
    /// <summary>HTTP 403 with <c>{"error": ...}</c> to every request.</summary>
    Http,

    /// <summary>The workspace tools are not listed.</summary>
    ToolsHidden,

    /// <summary>The tools are listed, but their results have <c>isError</c>.</summary>
    ToolError,
}

/// <summary>Which tools manage clients.</summary>
public enum CredentialsTools
{
    /// <summary><c>manage_oauth_clients</c>.</summary>
    Manage,

    /// <summary>
    /// <c>create_oauth_client</c>, <c>list_oauth_clients</c>, <c>get_oauth_client</c>, <c>update_oauth_client</c>,
    /// <c>delete_oauth_client</c>. The last three are omitted where <see cref="EmulatorVariants.Methods"/> has no value for them.
    /// </summary>
    Separate,

    /// <summary>None: an old chart. The <c>delete</c> tool has no kind for clients then.</summary>
    None,
}

/// <summary>How the schema of <c>manage_oauth_clients</c> describes the arguments of its operations.</summary>
public enum SchemaShape
{
    /// <summary>One object with all arguments; descriptions show which operation uses them.</summary>
    Flat,

    /// <summary><c>oneOf</c> with one object per operation, whose selector is a <c>const</c>.</summary>
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

/// <summary>Format of a list.</summary>
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

    /// <summary>A Markdown table for people.</summary>
    Markdown,

    /// <summary><c>{NAME: [...]}</c>, with <see cref="EmulatorVariants.ListField"/> for the name.</summary>
    Named,
}

/// <summary>Response to a deletion.</summary>
public enum DeleteAnswer
{
    /// <summary><c>{"success": true}</c>.</summary>
    Success,

    /// <summary>The ID of the deleted client, in an object.</summary>
    Id,

    /// <summary>A sentence that is not JSON.</summary>
    Text,

    /// <summary>No content at all.</summary>
    Nothing,
}

/// <summary>Format of a refusal by a tool.</summary>
public enum ErrorAnswer
{
    /// <summary><c>isError</c> and <c>{"error": "...", "status": 404}</c> as text.</summary>
    Json,

    /// <summary><c>isError</c> and a sentence as text.</summary>
    Text,

    /// <summary>A JSON-RPC error with the sentence as its message.</summary>
    JsonRpc,
}

/// <summary>Handling of a name that is too long.</summary>
public enum LongNames
{
    Reject,

    /// <summary>It is truncated.</summary>
    Truncate,
}

/// <summary>What becomes of a name before it is kept.</summary>
public enum StoredNames
{
    /// <summary>It is kept as it is.</summary>
    AsGiven,

    /// <summary>It is normalized: NFC.</summary>
    Normalized,

    /// <summary>Spaces around it go, and several in a row become one.</summary>
    Collapsed,

    /// <summary>Characters that mean something in HTML are escaped, as <c>&amp;amp;</c>.</summary>
    Escaped,
}

/// <summary>Paging of lists.</summary>
public enum Paging
{
    /// <summary>All in one response.</summary>
    None,

    /// <summary>
    /// Arguments <c>page</c> (from 1) and <c>limit</c>; next to the array, if it is in an object, <c>page</c>, <c>limit</c>, <c>total</c>.
    /// </summary>
    PageAndLimit,

    /// <summary>Argument <c>cursor</c>; next to the array <c>nextCursor</c>, null on the last page.</summary>
    Cursor,
}
