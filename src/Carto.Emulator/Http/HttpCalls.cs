using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Carto.Emulator;

/// <summary>Translates requests of the second interface to operations, and their answers to responses.</summary>
internal sealed class HttpCalls
{
    private const string IdKey = "clientId";

    private readonly ClientCalls _clients;
    private readonly VariantsHolder _variants;
    private readonly Dictionary<Operation, Endpoint> _endpoints;

    public HttpCalls(ClientCalls clients, VariantsHolder variants)
    {
        (_clients, _variants) = (clients, variants);
        Operation[] operations = [Operation.List, Operation.Create, Operation.Get, Operation.Update, Operation.Delete, Operation.Other];
        _endpoints = operations.ToDictionary(
            operation => operation,
            operation => new Endpoint(InvokeAsync, new EndpointMetadataCollection(new CallMark(operation, NeedsToken: true)), "HTTP API")
        );
    }

    /// <summary>Middleware: the routes are variants, so that a table of routes would be out of date.</summary>
    public Task RouteAsync(HttpContext context, RequestDelegate next)
    {
        var api = _variants.Current.HttpApi;
        if (
            api.Served
            && context.GetEndpoint() is null
            && context.Request.Path.StartsWithSegments(api.BasePath, StringComparison.Ordinal, out var path)
        )
        {
            context.SetEndpoint(_endpoints[Match(api, context.Request, path.Value ?? "")]);
        }

        return next(context);
    }

    private static Operation Match(HttpApi api, HttpRequest request, string path)
    {
        foreach (var (operation, route) in api.Routes)
        {
            var parts = route.Split(' ');
            if (parts[0].Equals(request.Method, StringComparison.OrdinalIgnoreCase) && Match(parts[1], path) is { } values)
            {
                foreach (var (name, value) in values)
                {
                    request.RouteValues[name] = value;
                }

                return operation;
            }
        }

        return Operation.Other;
    }

    private static Dictionary<string, string>? Match(string template, string path)
    {
        var (expected, given) = (template.Split('/'), path.Split('/'));
        if (expected.Length != given.Length)
        {
            return null;
        }

        Dictionary<string, string> values = [];
        for (var i = 0; i < expected.Length; i++)
        {
            switch (expected[i])
            {
                case "{id}" when given[i].Length > 0:
                    values[IdKey] = given[i];
                    break;
                case "{account}" when given[i].Length > 0:
                    values[CallPipeline.AccountKey] = given[i];
                    break;
                case var literal when literal == given[i]:
                    break;
                default:
                    return null;
            }
        }

        return values;
    }

    private async Task InvokeAsync(HttpContext context)
    {
        var call = CallScope.Of(context);
        var (variants, api) = (_variants.Current, _variants.Current.HttpApi);
        var current = api.Answering(variants);
        try
        {
            var input = await InputAsync(context);
            var clientId = context.Request.RouteValues[IdKey] as string ?? Text(input, api.IdArgument);
            var answer = ClientCalls.Run(call, current, clientId ?? Text(input, api.NameArgument), () =>
            {
                ClientCalls.Admit(call.Caller!, current);
                return _clients.Perform(Read(call.Operation, clientId, input, api), call, current);
            });
            await WriteAsync(context, answer, call, api);
        }
        catch (CartoRefusal refusal)
        {
            await Answers.WriteErrorAsync(context, refusal.Status, refusal.Message);
        }
    }

    private static ClientRequest Read(Operation operation, string? clientId, IReadOnlyDictionary<string, string?> input, HttpApi api)
    {
        if (operation == Operation.Other)
        {
            throw new CartoRefusal(StatusCodes.Status404NotFound, Refusals.NoPage);
        }

        if (operation == Operation.Create && api.TypeArgument is { } type && Text(input, type) != api.TypeWord)
        {
            throw Refusals.Invalid($"'{type}' must be '{api.TypeWord}'");
        }

        return new ClientRequest(operation)
        {
            ClientId = operation is Operation.List or Operation.Create ? null : clientId ?? throw Missing(api.IdArgument),
            Name = operation is Operation.Create or Operation.Update
                ? Text(input, api.NameArgument) ?? throw Missing(api.NameArgument)
                : null,
            Page = Number(input, api.PageArgument, api.FirstPage, int.MaxValue) - api.FirstPage + 1 ?? 1,
            FirstPage = api.FirstPage,
            Limit = Number(input, api.LimitArgument, 1, api.PageSize),
            Cursor = Text(input, api.CursorArgument),
        };
    }

    private static async Task WriteAsync(HttpContext context, ClientAnswer answer, CallScope call, HttpApi api)
    {
        context.Response.StatusCode = call.Operation == Operation.Create ? api.CreateStatus : StatusCodes.Status200OK;
        if (answer.Write(call) is not { } text)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        await Answers.WriteAsync(
            context,
            answer.Json is null ? "text/plain; charset=utf-8" : "application/json; charset=utf-8",
            Encoding.UTF8.GetBytes(text)
        );
    }

    /// <summary>The members of query and body. One that is not text is there and null.</summary>
    private static async Task<IReadOnlyDictionary<string, string?>> InputAsync(HttpContext context)
    {
        Dictionary<string, string?> input = new(StringComparer.Ordinal);
        foreach (var (name, value) in context.Request.Query)
        {
            input[name] = value;
        }

        if (!context.Request.HasJsonContentType())
        {
            return input;
        }

        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
            foreach (var member in body.RootElement.EnumerateObject())
            {
                input[member.Name] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null;
            }

            return input;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Refusals.Invalid("the body is not a JSON object");
        }
    }

    private static CartoRefusal Missing(string name) => Refusals.Invalid($"'{name}' is required and must be a string");

    private static string? Text(IReadOnlyDictionary<string, string?> input, string name) => input.GetValueOrDefault(name);

    private static int? Number(IReadOnlyDictionary<string, string?> input, string name, int minimum, int maximum)
    {
        if (!input.TryGetValue(name, out var text))
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
            ? number
            : throw Refusals.Invalid($"'{name}' must be an integer from {minimum} to {maximum}");
    }
}
