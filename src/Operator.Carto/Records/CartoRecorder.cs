using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.Carto.Clients;
using Operator.Carto.Mcp;

namespace Operator.Carto.Records;

/// <summary>
/// Notes what an account answers, on both interfaces: facts about it for its owner, and a record for others that holds shapes instead of
/// values. It keeps the answers in memory until the end, so it is for single commands and not for the operator.
/// </summary>
/// <param name="options">The account.</param>
public sealed partial class CartoRecorder(CartoApiOptions options)
{
    private const int MostExchanges = 200;
    private const long MostBytes = 64 * 1024 * 1024;

    // Nothing is escaped, so that it can be read by people and searched for what must not be in it.
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();
    private readonly List<Exchange> _exchanges = [];
    private readonly AnswerNames _names = new(options.Answers);
    private int _leftOut;
    private volatile string _step = "";

    /// <summary>What is under way.</summary>
    public string Step
    {
        get => _step;
        set => _step = value;
    }

    /// <summary>Wraps the network handler of an account, see <see cref="CartoApiFactory"/>.</summary>
    public HttpMessageHandler Wrap(HttpMessageHandler inner) => new RecordingHandler(Read, Note, inner);

    /// <summary>The list of tools; null if none was read.</summary>
    public ToolFacts? Tools
    {
        get
        {
            var pages = ToolPages();
            return pages.Length == 0
                ? null
                : new ToolFacts(
                    ListedTools(pages).Count,
                    pages.Length,
                    pages.Sum(page => page.Size),
                    ServerName(),
                    Initialized()?.Text("protocolVersion"),
                    pages[^1].Request.Uri
                );
        }
    }

    /// <summary>How each operation is called; empty if that was never seen.</summary>
    public IReadOnlyList<OperationBinding> Bindings =>
        options.HttpApi is { } api ? OperationBinding.Of(api)
        : Bound() is { } bound ? OperationBinding.Of(bound)
        : [];

    /// <summary>What to write into the account so that missing operations are bound, in YAML; null if nothing is missing.</summary>
    public string? Suggestion =>
        options.HttpApi is null && ToolPages() is { Length: > 0 } pages
            ? SpecSuggestion.Of(Descriptions(ListedTools(pages)), Bound()!, options.McpCalls)
            : null;

    /// <summary>The list of clients that was read in a step; null if none was.</summary>
    public ListFacts? List(string step)
    {
        var pages = Of(step, ClientOperation.List).Where(exchange => exchange.IsSuccess).ToArray();
        if (pages.Length == 0)
        {
            return null;
        }

        var fields = pages.Select(page => AnswerFields.Of(page.Answer(_names), ClientOperation.List)).OfType<AnswerFields>().ToArray();
        return new ListFacts(
            pages.Length,
            fields.Select(page => page.Type).FirstOrDefault(type => type is not null),
            [.. fields.SelectMany(page => page.Types).Distinct(StringComparer.Ordinal)],
            SecretOf(fields)
        );
    }

    /// <summary>Whether the answer to an operation in a step told the secret.</summary>
    public SecretFact Secret(string step, string operation) =>
        Enum.TryParse<ClientOperation>(operation, ignoreCase: true, out var known)
        && Of(step, known).LastOrDefault(exchange => exchange.IsSuccess) is { } last
        && AnswerFields.Of(last.Answer(_names), known) is { } fields
            ? SecretOf([fields])
            : SecretFact.Unknown;

    /// <summary>How the last call of an operation in a step was answered, for people; null if there was none.</summary>
    public string? Answered(string step, string operation) =>
        Enum.TryParse<ClientOperation>(operation, ignoreCase: true, out var known) && Of(step, known).LastOrDefault() is { } last
            ? Describe(last)
            : null;

    /// <summary>
    /// The record, in JSON. It holds no secret, no name or ID of a client, user or account, and no host: values are replaced by their
    /// types, and error texts are masked.
    /// </summary>
    public string ToJson(string version)
    {
        Exchange[] exchanges;
        lock (_lock)
        {
            exchanges = [.. _exchanges];
        }

        var values = new AccountValues(options, exchanges, _names);
        var mask = new TextMask(values.All);
        var pages = ToolPages();
        var bound = Bound();
        var record = new JsonObject
        {
            ["format"] = CartoReplay.Format,
            ["operator"] = version,
            ["interface"] = options.HttpApi is null ? "MCP" : "HTTP",
            ["credentials"] = options.Credentials switch
            {
                CartoCredentials.ClientCredentials => "clientCredentials",
                CartoCredentials.AccessToken => "accessToken",
                _ => "refreshToken",
            },
            ["server"] = ServerOf(Initialized()?.Member("serverInfo"), mask),
            ["protocol"] = Initialized()?.Text("protocolVersion") is { } protocol && IsDate(protocol) ? protocol : null,
            ["given"] = RecordedTools.Given(options.McpCalls, mask),
            ["answers"] = GivenAnswers(mask),
            ["toolPages"] = pages.Length,
            ["toolBytes"] = pages.Sum(page => page.Size),
            ["tools"] = bound is null ? null : RecordedTools.Of(ListedTools(pages), bound, mask),
            ["exchanges"] = new JsonArray([.. exchanges.Where(IsOfInterest).Select(exchange => RecordOf(exchange, bound, mask))]),
            ["leftOut"] = _leftOut,
        };

        // Whatever was overlooked above.
        return values.Scrub(Write(record));
    }

    private static bool IsDate(string protocol) =>
        DateOnly.TryParseExact(protocol, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static string Write(JsonObject record)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Options))
        {
            record.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private void Note(Exchange exchange)
    {
        lock (_lock)
        {
            if (_exchanges.Count >= MostExchanges || _exchanges.Sum(known => (long)known.Size) > MostBytes)
            {
                _leftOut++;
                return;
            }

            _exchanges.Add(exchange);
        }
    }

    private RecordedRequest Read(HttpRequestMessage request, byte[] content)
    {
        var uri = request.RequestUri!;
        var verb = request.Method.Method;
        if (uri == options.TokenUrl)
        {
            return new RecordedRequest(_step, RecordedTarget.Token, uri, verb);
        }

        var body = Exchange.Parse(Encoding.UTF8.GetString(content)) ?? default;
        if (options.HttpApi is not null)
        {
            return new RecordedRequest(_step, RecordedTarget.Http, uri, verb, Arguments: body);
        }

        if (body.Text("method") is not { } method)
        {
            return new RecordedRequest(_step, RecordedTarget.Metadata, uri, verb);
        }

        var parameters = body.Member("params") ?? default;
        return new RecordedRequest(
            _step,
            RecordedTarget.Mcp,
            uri,
            method,
            method == "tools/call" ? parameters.Text("name") : null,
            parameters.Member("arguments") ?? default
        );
    }

    private IEnumerable<Exchange> Of(string step, ClientOperation operation)
    {
        var bound = Bound();
        lock (_lock)
        {
            return [.. _exchanges.Where(exchange => exchange.Request.Step == step && OperationOf(exchange, bound) == operation)];
        }
    }

    private ClientOperation? OperationOf(Exchange exchange, ToolBindings? bound) =>
        Enum.GetValues<ClientOperation>()
            .Where(operation =>
                exchange.Request.Target switch
                {
                    RecordedTarget.Mcp => bound?.Find(operation) is { } call
                        && exchange.Request.Tool == call.Tool
                        && call.Constants.All(constant =>
                            exchange.Request.Arguments.Member(constant.Key) is { } value && JsonElement.DeepEquals(value, constant.Value)
                        )
                        && Has(exchange, call.IdArgument)
                        && Has(exchange, call.NameArgument),
                    RecordedTarget.Http => options.HttpApi?.Of(operation) is { } request && Matches(exchange.Request, request),
                    _ => false,
                }
            )
            .Cast<ClientOperation?>()
            .LastOrDefault();

    private static bool Has(Exchange exchange, string? argument) =>
        argument is null || exchange.Request.Arguments.Member(argument) is not null;

    private bool Matches(RecordedRequest request, HttpCall call)
    {
        var expected = call.Path.Split('?')[0].Trim('/').Split('/');
        var sent = request
            .Uri.AbsolutePath[Math.Min(options.HttpApi!.BaseUrl.AbsolutePath.Length, request.Uri.AbsolutePath.Length)..]
            .Trim('/')
            .Split('/');
        return string.Equals(request.Method, call.Method, StringComparison.OrdinalIgnoreCase)
            && expected.Length == sent.Length
            && expected.Zip(sent).All(pair => pair.First.Contains("${", StringComparison.Ordinal) || pair.First == pair.Second);
    }

    private Exchange[] ToolPages()
    {
        Exchange[] all;
        lock (_lock)
        {
            all =
            [
                .. _exchanges.Where(exchange => exchange.Request.Method == "tools/list" && exchange.Result?.Member("tools") is not null),
            ];
        }

        // Each connect reads them from the start, and the last page has no cursor.
        var end = Array.FindLastIndex(all, page => IsLast(page));
        var begin = end < 1 ? 0 : Array.FindLastIndex(all, end - 1, page => IsLast(page)) + 1;
        return end < 0 ? all : all[begin..(end + 1)];
    }

    private static bool IsLast(Exchange page) => page.Result?.Text("nextCursor") is null;

    private static List<JsonElement> ListedTools(IEnumerable<Exchange> pages) =>
        [
            .. pages.SelectMany(page =>
                page.Result?.Member("tools") is { ValueKind: JsonValueKind.Array } tools ? tools.EnumerateArray().ToArray() : []
            ),
        ];

    private static ToolDescription[] Descriptions(IEnumerable<JsonElement> tools) =>
        [.. tools.Select(tool => new ToolDescription(tool.Text("name") ?? "", tool.Member("inputSchema") ?? default))];

    private ToolBindings? Bound() =>
        ToolPages() is { Length: > 0 } pages ? ToolBinder.Bind(Descriptions(ListedTools(pages)), options.McpCalls) : null;

    private JsonElement? Initialized()
    {
        lock (_lock)
        {
            return _exchanges.Select(exchange => exchange.Result).LastOrDefault(result => result?.Member("serverInfo") is not null);
        }
    }

    private string? ServerName() =>
        Initialized()?.Member("serverInfo") is { } server ? $"{server.Text("name")} {server.Text("version")}".Trim() : null;

    private static SecretFact SecretOf(AnswerFields[] fields) =>
        fields.Length == 0 ? SecretFact.Unknown
        : fields.All(page => page.Secret is null) ? SecretFact.Missing
        : fields.Where(page => page.Secret is not null).All(page => page.SecretIsMasked) ? SecretFact.Masked
        : SecretFact.Shown;

    private string Describe(Exchange exchange)
    {
        if (exchange.Failure is { } failure)
        {
            return $"no answer ({failure})";
        }

        var answer = exchange.Answer(_names);
        List<string> parts = [$"HTTP {exchange.Status}"];
        if (exchange.Error is { } error)
        {
            parts.Add($"JSON-RPC error {error.Member("code")}");
            parts.Add(Quote(error.Text("message")));
        }
        else if (exchange.Request.Target == RecordedTarget.Mcp && answer.IsError)
        {
            parts.Add("marked as an error");
        }

        if (answer.Body is { ValueKind: JsonValueKind.Object } body)
        {
            parts.Add($"JSON with {Words.List(body.EnumerateObject().Select(member => member.Name))}");
            parts.Add(Quote(answer.IsError ? Refusals.WordsOf(body) : null));
        }
        else if (answer.Texts.FirstOrDefault(text => text.Length > 0) is { } text)
        {
            parts.Add(answer.IsError || Words.Harmless(text) is not null ? Quote(text) : "text");
        }
        else if (exchange.Error is null)
        {
            parts.Add("empty");
        }

        return string.Join(", ", parts.Where(part => part.Length > 0));
    }

    private static string Quote(string? text) => Words.Clean(text) is { } words ? $"\"{words}\"" : "";

    // Of a list of tools, the tools are recorded.
    private static bool IsOfInterest(Exchange exchange) =>
        exchange.Request.Target != RecordedTarget.Mcp || exchange.Request.Method != "tools/list" || exchange.Result is null;

    private JsonObject RecordOf(Exchange exchange, ToolBindings? bound, TextMask mask)
    {
        var request = exchange.Request;
        var operation = OperationOf(exchange, bound);
        var record = new JsonObject
        {
            ["step"] = request.Step,
            ["to"] = request.Target.ToString().ToLowerInvariant(),
            ["method"] = request.Method,
            ["path"] = request.Target == RecordedTarget.Token ? null : PathOf(request.Uri),
            ["operation"] = operation?.Word(),
        };
        if (request.Tool is { } tool && (bound?.Uses(tool) == true || ToolNames.IsAboutClients(tool)))
        {
            record["tool"] = tool;
        }

        if (request.Arguments.ValueKind != JsonValueKind.Undefined)
        {
            record["arguments"] = Shape.Of(request.Arguments, mask);
        }

        if (exchange.Failure is { } failure)
        {
            record["failure"] = failure;
            return record;
        }

        record["status"] = exchange.Status;
        record["contentType"] = exchange.MediaType;
        record["headers"] = new JsonArray([.. exchange.Headers.Select(header => JsonValue.Create(mask.Name(header)))]);
        record["answer"] = AnswerOf(exchange, operation, mask);
        return record;
    }

    private JsonNode? AnswerOf(Exchange exchange, ClientOperation? operation, TextMask mask)
    {
        if (exchange.Result is { } result && exchange.Request is { Target: RecordedTarget.Mcp, Method: "tools/call" })
        {
            var answer = exchange.Answer(_names);
            return new JsonObject
            {
                ["isError"] = answer.IsError,
                ["texts"] = new JsonArray([.. answer.Texts.Select(text => TextOf(text, answer.IsError, operation, mask))]),
                ["structured"] = result.Member("structuredContent") is { } structured ? Shape.Of(structured, mask, answer.IsError) : null,
            };
        }

        return exchange.Json is { } json ? Shape.Of(json, mask, !exchange.IsSuccess || exchange.Error is not null)
            : exchange.Text.Length == 0 ? null
            : TextOf(exchange.Text, !exchange.IsSuccess, operation, mask);
    }

    private static JsonNode TextOf(string text, bool isError, ClientOperation? operation, TextMask mask) =>
        Exchange.Parse(text) is { ValueKind: JsonValueKind.Object or JsonValueKind.Array } json ? Shape.Of(json, mask, isError)
        : text.AsSpan().TrimStart().StartsWith('<') ? "web page"
        : text.AsSpan().TrimStart().StartsWith('|') || text.Contains("\n|", StringComparison.Ordinal) ? "table"
        // A list in words could be one of names.
        : isError || (operation is not (null or ClientOperation.List) && Words.Harmless(text) is not null) ? $"string: {mask.Text(text)}"
        : "string";

    private static string PathOf(Uri uri) =>
        string.Join('/', uri.AbsolutePath.Split('/').Select(segment => ToolNames.IsOfPath(segment) ? segment : TextMask.Mask));

    private static string? ServerOf(JsonElement? info, TextMask mask) =>
        info is not { } server ? null
        : server.Text("version") is { } version && Version().IsMatch(version) ? $"{mask.Text(server.Text("name") ?? "")} {version}"
        : mask.Text(server.Text("name") ?? "");

    private JsonObject? GivenAnswers(TextMask mask) =>
        options.Answers is { } given
            ? new JsonObject
            {
                ["list"] = Masked(given.List, mask),
                ["id"] = Masked(given.Id, mask),
                ["secret"] = Masked(given.Secret, mask),
                ["name"] = Masked(given.Name, mask),
                ["createdAt"] = Masked(given.CreatedAt, mask),
                ["type"] = Masked(given.Type, mask),
                ["m2mType"] = Masked(given.M2MType, mask),
            }
            : null;

    private static string? Masked(string? name, TextMask mask) => name is null ? null : mask.Name(name);

    // Four numbers may be an address.
    [GeneratedRegex(@"^v?\d{1,4}(\.\d{1,4}){0,2}$")]
    private static partial Regex Version();
}

/// <summary>What is known of a list of tools.</summary>
/// <param name="Count">How many.</param>
/// <param name="Pages">On how many pages.</param>
/// <param name="Bytes">Size of the answers.</param>
/// <param name="Server">Name and version that the server reports; null if it does not.</param>
/// <param name="Protocol">Revision of the protocol; null if it was not read.</param>
/// <param name="Address">Where they were listed.</param>
public sealed record ToolFacts(int Count, int Pages, long Bytes, string? Server, string? Protocol, Uri Address);

/// <summary>What is known of a list of clients.</summary>
/// <param name="Pages">On how many pages.</param>
/// <param name="TypeField">The field with the type of a client; null if there is none.</param>
/// <param name="Types">Its values.</param>
/// <param name="Secret">Whether it tells secrets.</param>
public sealed record ListFacts(int Pages, string? TypeField, IReadOnlyList<string> Types, SecretFact Secret);

/// <summary>Whether an answer tells a secret.</summary>
public enum SecretFact
{
    /// <summary>There was no such answer, or it could not be read.</summary>
    Unknown,

    /// <summary>It has no field for it.</summary>
    Missing,

    /// <summary>The field holds a mask.</summary>
    Masked,

    /// <summary>It does.</summary>
    Shown,
}
