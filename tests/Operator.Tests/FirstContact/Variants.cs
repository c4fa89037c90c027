using Carto.Emulator;
using Operator.Contracts;

namespace Operator.Tests.FirstContact;

/// <summary>The CARTOs that may be: each begins as the likely one, and differs in what its line says.</summary>
internal static class Variants
{
    private const string UsersToken = "spec.auth.accessToken";

    private static readonly TimeSpan LongAsATest = TimeSpan.FromDays(300);

    private static readonly McpAddresses Nowhere = new() { Cloud = false, Api = false };

    private static readonly string[] SeesNone = ["with which the account logs in", "could never be found again", UsersToken];

    private static EmulatorVariants Likely { get; } = EmulatorVariants.Likely with { HttpApi = new HttpApi { Served = true } };

    /// <summary>Names that nobody can guess, over both interfaces.</summary>
    private static EmulatorVariants Odd { get; } =
        Likely with
        {
            MethodArgument = "deed",
            Methods = new MethodNames
            {
                List = "roster",
                Create = "forge",
                Get = "peek",
                Update = "relabel",
                Delete = null,
            },
            NameArgument = "caption",
            IdArgument = "which",
            TypeArgument = null,
            DeleteIdArgument = "victim",
            IdField = "handle",
            SecretField = "pass",
            NameField = "caption",
            CreatedAtField = "since",
            TypeField = "breed",
            TypeWord = "robot",
            ListShape = ListShape.Named,
            ListField = "entries",
            StatusBesideData = false,
            HttpApi = new HttpApi
            {
                Served = true,
                BasePath = "/v9",
                List = "POST /{account}/roster",
                Create = "PUT /{account}/forge",
                Get = "POST /{account}/peek",
                Update = "POST /{account}/relabel",
                Delete = "POST /{account}/drop",
                NameArgument = "caption",
                IdArgument = "which",
                TypeArgument = "breed",
                IdField = "handle",
                SecretField = "pass",
                NameField = "caption",
                CreatedAtField = "since",
                TypeField = "breed",
                TypeWord = "robot",
                ListField = "entries",
                WrapInData = true,
            },
        };

    private const string OddAnswers =
        "{list: entries, id: handle, secret: pass, name: caption, createdAt: since, type: breed, m2mType: robot}";

    private const string OddTools = $$"""
        {operations: {
          create: {arguments: {deed: forge}, nameArgument: caption},
          list: {arguments: {deed: roster} },
          get: {arguments: {deed: peek}, idArgument: which},
          rename: {arguments: {deed: relabel}, nameArgument: caption, idArgument: which},
          delete: {tool: delete, arguments: {kind: oauth_client}, idArgument: victim} },
        answers: {{OddAnswers}} }
        """;

    /// <summary>Tools, arguments and answers.</summary>
    public static IReadOnlyList<Variant> Forms { get; } =
    [
        new("likely", Likely),
        new("answers that are not streams", Likely with { ResponseFormat = ResponseFormat.Json }),
        new("structured content", Likely with { StructuredContent = true }),
        new("single tools", Likely with { CredentialsTools = CredentialsTools.Separate }),
        new("a schema for each operation", Likely with { SchemaShape = SchemaShape.OneOf }),
        new("deletion by resource_id", Likely with { DeleteIdArgument = "resource_id" }),
        new("deletion by clientId", Likely with { DeleteIdArgument = "clientId" }),
        new("deletion by a list of ids", Likely with { DeleteIdArgument = "ids", DeleteIdAsList = true }),
        new("deletion by an unknown argument", Likely with { DeleteIdArgument = "victim" }),
        new("deletion that is confirmed", Likely with { DeleteConfirmation = "confirm", DeleteIdArgument = "resource_id" }),
        new("deletion by the tool of the rest", Likely with { DeleteVia = DeleteVia.ManageTool }),
        new(
            "list of both types, in pages",
            Likely with
            {
                SpaClients = 5,
                ListShape = ListShape.Items,
                Paging = Paging.Cursor,
                PageSize = 2,
                HttpApi = new HttpApi
                {
                    Served = true,
                    Paging = Paging.Cursor,
                    PageSize = 2,
                },
            }
        ),
        new(
            "list of both types, in numbered pages",
            Likely with
            {
                SpaClients = 5,
                ListShape = ListShape.Results,
                Paging = Paging.PageAndLimit,
                PageSize = 2,
                HttpApi = new HttpApi
                {
                    Served = true,
                    Paging = Paging.PageAndLimit,
                    PageSize = 2,
                    FirstPage = 0,
                },
            }
        ),
        new("secrets that are told once", Likely with { SecretInGet = false }),
        new("names that are given", Odd) { Spec = OddTools, HttpAnswers = OddAnswers },
        new("names that nobody gives", Odd)
        {
            Mcp = new Ending.AccountFails(Reasons.UnsupportedApi, "deed", "its arguments are"),
            Http = new Ending.AccountFails(Reasons.Unreachable, "holds a client ID", "answers.id"),
        },
        new(
            "fields that nobody gives",
            Likely with
            {
                IdField = "handle",
                HttpApi = new HttpApi { Served = true, IdField = "handle" },
            }
        )
        {
            Mcp = new Ending.CreationFails(Reasons.CartoUnavailable, "holds a client ID", "answers.id"),
            Http = new Ending.AccountFails(Reasons.Unreachable, "holds a client ID", "answers.id"),
        },
    ];

    /// <summary>Where the MCP server is, and who may use it.</summary>
    public static IReadOnlyList<Variant> Access { get; } =
    [
        new("address below api", Likely with { Addresses = Nowhere with { Api = true } }),
        new("address of an SSO organization", Likely with { Addresses = Nowhere with { Sso = true } }),
        new("address that is given", Likely with { Addresses = Nowhere with { Sso = true } })
        {
            Spec = $"{{url: {Variant.Address}/mcp/sso/{Variant.Account}}}",
        },
        new("address at another host alone", Likely with { Addresses = Nowhere with { Ai = true } })
        {
            Mcp = new Ending.AccountFails(Reasons.UnsupportedApi, "has no MCP server at this address", "mcp.url"),
        },
        new("no MCP server", Likely with { Addresses = Nowhere })
        {
            Mcp = new Ending.AccountFails(Reasons.UnsupportedApi, "has no MCP server at this address", "mcp/sso", "aiFeaturesEnabled"),
        },
        new("no tools for clients", Likely with { CredentialsTools = CredentialsTools.None })
        {
            Mcp = new Ending.AccountFails(Reasons.UnsupportedApi, "manage_oauth_clients", "check the account's credentials"),
        },
        new("no HTTP API", Likely with { HttpApi = new HttpApi() })
        {
            Http = new Ending.AccountFails(Reasons.UnsupportedApi, "spec.http.operations.list"),
        },
        new("M2M token sees an empty list", Likely with { M2MTokenAccess = M2MTokenAccess.EmptyList })
        {
            Mcp = new Ending.AccountFails(Reasons.OwnClientNotListed, SeesNone),
            Http = new Ending.AccountFails(Reasons.OwnClientNotListed, SeesNone),
        },
        new("M2M token is of no user", Likely with { M2MTokenAccess = M2MTokenAccess.UserNotFound })
        {
            Mcp = new Ending.AccountFails(Reasons.OwnClientNotListed, [.. SeesNone, "User not found"]),
            Http = new Ending.AccountFails(Reasons.OwnClientNotListed, [.. SeesNone, "User not found"]),
        },
        new("M2M token sees no tools", Likely with { M2MTokenAccess = M2MTokenAccess.NoTools })
        {
            Mcp = new Ending.AccountFails(Reasons.UnsupportedApi, "check the account's credentials"),
        },
        new("M2M token does not see the tools for clients", Likely with { M2MTokenAccess = M2MTokenAccess.ToolsHidden })
        {
            Mcp = new Ending.AccountFails(Reasons.UnsupportedApi, "check the account's credentials"),
        },
        new("M2M token is refused", Likely with { M2MTokenAccess = M2MTokenAccess.CallsRefused })
        {
            Mcp = new Ending.AccountFails(Reasons.OwnClientNotListed, [.. SeesNone, "not available to M2M tokens"]),
            Http = new Ending.AccountFails(Reasons.InsufficientPermission, "not available to M2M tokens", "role"),
        },
        new("a user's access token instead", Likely with { M2MTokenAccess = M2MTokenAccess.EmptyList, TokenLifetime = LongAsATest })
        {
            Login = Login.AccessToken,
        },
        new("a user's refresh token instead", Likely with { M2MTokenAccess = M2MTokenAccess.UserNotFound }) { Login = Login.RefreshToken },
        new("an API access token", Likely)
        {
            Login = Login.ApiToken,
            Mcp = new Ending.AccountFails(Reasons.UnsupportedApi, "does not name its CARTO account", "set mcp.url"),
            Http = new Ending.AccountFails(Reasons.InsufficientPermission, "not available to API access tokens"),
        },
        new("an API access token, and the address", Likely)
        {
            Login = Login.ApiToken,
            Spec = $"{{url: {Variant.Address}/mcp/{Variant.Account}}}",
            Mcp = new Ending.AccountFails(Reasons.UnsupportedApi, "not to API access tokens", "check the account's credentials"),
            Http = new Ending.AccountFails(Reasons.InsufficientPermission, "not available to API access tokens"),
        },
        new("an access token that ended", Likely)
        {
            Login = Login.EndedToken,
            Mcp = new Ending.AccountFails(
                Reasons.CredentialsRefused,
                "refuses the access token in the account's Secret",
                "The credentials are in"
            ),
            Http = new Ending.AccountFails(
                Reasons.CredentialsRefused,
                "refuses the access token in the account's Secret",
                "The credentials are in"
            ),
        },
        new("a wrong secret", Likely)
        {
            Login = Login.WrongSecret,
            Mcp = new Ending.AccountFails(Reasons.CredentialsRefused, "Unauthorized", "The credentials are in"),
            Http = new Ending.AccountFails(Reasons.CredentialsRefused, "Unauthorized", "The credentials are in"),
        },
        new("a viewer", Likely)
        {
            Role = UserRole.Viewer,
            Mcp = new Ending.AccountFails(Reasons.InsufficientPermission, "Your role", "Editor or above"),
            Http = new Ending.AccountFails(Reasons.InsufficientPermission, "Your role", "Editor or above"),
        },
    ];

    /// <summary>Lags, limits and outages.</summary>
    public static IReadOnlyList<Variant> Limits { get; } =
    [
        new("grants that lag", Likely with { GrantLagRequests = 2 }),
        new("grants that never come", Likely with { GrantLag = TimeSpan.FromDays(3000) })
        {
            Mcp = new Ending.CredentialsFail(Reasons.CredentialsPending, "client-grant"),
            Http = new Ending.CredentialsFail(Reasons.CredentialsPending, "client-grant"),
        },
        new("429 with Retry-After", Likely)
        {
            Faults = OnceEach(
                operation => Fault.TooManyRequests(operation, TimeSpan.FromSeconds(1)),
                Operation.List,
                Operation.Create,
                Operation.Delete
            ),
        },
        new("429 with x-ratelimit-reset", Likely)
        {
            Faults = OnceEach(
                operation => Fault.TooManyRequests(operation) with { RateLimitReset = TimeSpan.FromSeconds(1) },
                Operation.Token,
                Operation.Create
            ),
        },
        new("500 of a global limit", Likely) { Faults = OnceEach(GlobalLimit, Operation.Token, Operation.Create, Operation.Update) },
        new("a global limit in words", Likely with { RequestsPerSecond = 10, RateLimitAnswer = RateLimitAnswer.ToolError }),
        new("a limit for all token requests", Likely with { TokenRequestsPerSecond = 1, RateLimitAnswer = RateLimitAnswer.GlobalLimit }),
        new("429 for an hour", Likely)
        {
            Faults = [Fault.TooManyRequests(Operation.Token, TimeSpan.FromHours(1), count: null)],
            Mcp = new Ending.AccountFails(Reasons.Throttled, "asked to slow down", "wait"),
            Http = new Ending.AccountFails(Reasons.Throttled, "asked to slow down", "wait"),
        },
        new("an outage", Likely)
        {
            Faults = [Fault.HttpStatus(Operation.Any, 503, count: null)],
            Mcp = new Ending.AccountFails(Reasons.Unreachable, "HTTP 503", "retried"),
            Http = new Ending.AccountFails(Reasons.Unreachable, "HTTP 503", "retried"),
        },
        new("entity limit in the tool's words", Likely with { ClientQuota = 2 })
        {
            Mcp = new Ending.CreationFails(Reasons.Forbidden, "You have reached the entity limit"),
            Http = new Ending.CreationFails(Reasons.Forbidden, "You have reached the entity limit"),
        },
        new("entity limit as 403", Likely with { ClientQuota = 2, QuotaAnswer = QuotaAnswer.Http })
        {
            Mcp = new Ending.CreationFails(Reasons.Forbidden, "You have reached the entity limit"),
            Http = new Ending.CreationFails(Reasons.Forbidden, "You have reached the entity limit"),
        },
    ];

    private static Fault GlobalLimit(Operation operation) =>
        Fault.HttpStatus(operation, 500) with
        {
            Error = "access_denied",
            Message = "Global limit has been reached",
        };

    // Few, because pauses are real.
    private static IReadOnlyList<Fault> OnceEach(Func<Operation, Fault> fault, params Operation[] operations) =>
        [.. operations.Select(fault)];

    /// <summary>For a theory: the names of variants.</summary>
    public static TheoryData<string> Names(IEnumerable<Variant> variants) => [.. variants.Select(variant => variant.Name)];
}
