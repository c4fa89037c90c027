namespace Carto.Emulator;

/// <summary>
/// A second interface beside MCP, as CARTO's accounts API may be. Known: such an API exists and has paths below a base. Guesses: all of its
/// paths, names and forms. State, rules, limits, lags and faults are those of the tools, and members of <see cref="EmulatorVariants"/> that
/// have no counterpart here hold for both.
/// </summary>
public sealed record HttpApi
{
    /// <summary>Whether it is served.</summary>
    public bool Served { get; init; }

    /// <summary>Prefix of all paths.</summary>
    public string BasePath { get; init; } = "/accounts-api";

    /// <summary>
    /// Method and path of the list. In this and the next ones <c>{account}</c> stands for the account ID and <c>{id}</c> for the Client ID.
    /// </summary>
    public string List { get; init; } = "GET /oauth-clients";

    /// <summary>Method and path of a creation.</summary>
    public string Create { get; init; } = "POST /oauth-clients";

    /// <summary>Method and path to read one client; null if there is none.</summary>
    public string? Get { get; init; } = "GET /oauth-clients/{id}";

    /// <summary>Method and path to rename; null if there is none.</summary>
    public string? Update { get; init; } = "PATCH /oauth-clients/{id}";

    /// <summary>Method and path of a deletion.</summary>
    public string Delete { get; init; } = "DELETE /oauth-clients/{id}";

    /// <summary>Member of a body for the name.</summary>
    public string NameArgument { get; init; } = "title";

    /// <summary>Member of a body, or of the query, for the Client ID, where the path has none.</summary>
    public string IdArgument { get; init; } = "id";

    /// <summary>Member of a creation's body for the type, which is <see cref="TypeWord"/>; null for none.</summary>
    public string? TypeArgument { get; init; }

    /// <summary>Field for the Client ID.</summary>
    public string IdField { get; init; } = "clientId";

    /// <summary>Field for the secret.</summary>
    public string SecretField { get; init; } = "clientSecret";

    /// <summary>Field for the name.</summary>
    public string NameField { get; init; } = "title";

    /// <summary>Field for the time of creation; null for none.</summary>
    public string? CreatedAtField { get; init; } = "createdAt";

    /// <summary>Field for the type; null for none.</summary>
    public string? TypeField { get; init; } = "type";

    /// <summary>What that field shows of an M2M client.</summary>
    public string TypeWord { get; init; } = EmulatorClient.M2M;

    /// <summary>Field for the list; null for a bare array.</summary>
    public string? ListField { get; init; } = "items";

    /// <summary>Answers, including the list, are <c>{"data": ...}</c>.</summary>
    public bool WrapInData { get; init; }

    /// <summary>Paging of the list.</summary>
    public Paging Paging { get; init; }

    /// <summary>Default and maximum page size.</summary>
    public int PageSize { get; init; } = 50;

    /// <summary>Query argument for the page.</summary>
    public string PageArgument { get; init; } = "page";

    /// <summary>The number of the first page.</summary>
    public int FirstPage { get; init; } = 1;

    /// <summary>Query argument for the length of a page.</summary>
    public string LimitArgument { get; init; } = "limit";

    /// <summary>Query argument for the cursor.</summary>
    public string CursorArgument { get; init; } = "cursor";

    /// <summary>Field beside the list for the next cursor.</summary>
    public string NextCursorField { get; init; } = "nextCursor";

    /// <summary>Status of a creation.</summary>
    public int CreateStatus { get; init; } = 201;

    /// <summary>Response to a deletion; <see cref="DeleteAnswer.Nothing"/> is 204.</summary>
    public DeleteAnswer DeleteAnswer { get; init; } = DeleteAnswer.Nothing;

    /// <summary>The operations with their method and path.</summary>
    internal IEnumerable<(Operation Operation, string Route)> Routes =>
        new[]
        {
            (Operation.List, List),
            (Operation.Create, Create),
            (Operation.Get, Get!),
            (Operation.Update, Update!),
            (Operation.Delete, Delete),
        }.Where(route => route.Item2 is not null);

    /// <summary>The variants with the answers of this interface instead of the tools'.</summary>
    internal EmulatorVariants Answering(EmulatorVariants variants) =>
        variants with
        {
            IdField = IdField,
            SecretField = SecretField,
            NameField = NameField,
            CreatedAtField = CreatedAtField,
            TypeField = TypeField,
            TypeWord = TypeWord,
            ListShape = ListField is null ? ListShape.Array : ListShape.Named,
            ListField = ListField ?? variants.ListField,
            NextCursorField = NextCursorField,
            WrapInData = WrapInData,
            StatusBesideData = false,
            Paging = Paging,
            PageSize = PageSize,
            DeleteAnswer = DeleteAnswer,
        };

    /// <summary>What of it makes no sense, as a rule that it breaks; null if nothing.</summary>
    internal string? Broken() =>
        List is null || Create is null || Delete is null ? "list, create and delete cannot be left out"
        : !BasePath.StartsWith('/') || BasePath.EndsWith('/') ? "the base path begins with a slash and does not end with one"
        : Routes.Any(route => route.Route.Split(' ') is not [{ Length: > 0 }, ['/', ..]]) ? "a route is a method and a path"
        : Routes.Select(route => route.Route).Distinct(StringComparer.Ordinal).Count() < Routes.Count()
            ? "two operations have the same route"
        : Paging == Paging.Cursor && ListField is null && !WrapInData ? "a bare array has no place for a cursor"
        : PageSize < 1 ? "a page has at least one entry"
        : CreateStatus is < 200 or > 299 ? "a creation that works has a status of 2xx"
        : null;
}
