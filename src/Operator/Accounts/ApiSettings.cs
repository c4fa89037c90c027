using System.Text.Json;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;

namespace Operator.Accounts;

/// <summary>What an account's spec says about CARTO's interfaces, as settings of the connection.</summary>
internal static class ApiSettings
{
    public static GivenCalls? McpCalls(McpSpec? spec) =>
        spec?.Operations is { } given
            ? new GivenCalls
            {
                Create = Call(given.Create),
                List = Call(given.List),
                Get = Call(given.Get),
                Rename = Call(given.Rename),
                Delete = Call(given.Delete),
            }
            : null;

    public static GivenAnswers? Answers(AnswersSpec? spec) =>
        spec is null
            ? null
            : new GivenAnswers
            {
                List = spec.List,
                Id = spec.Id,
                Secret = spec.Secret,
                Name = spec.Name,
                CreatedAt = spec.CreatedAt,
                Type = spec.Type,
                M2MType = spec.M2MType,
            };

    /// <exception cref="AccountException">A body is not JSON, which the API server cannot check.</exception>
    public static HttpApiOptions? HttpApi(HttpSpec? spec, Uri? baseUrl) =>
        spec is null || baseUrl is null
            ? null
            : new HttpApiOptions
            {
                BaseUrl = baseUrl,
                Create = Call("create", spec.Operations.Create)!,
                List = Call("list", spec.Operations.List)!,
                Get = Call("get", spec.Operations.Get),
                Rename = Call("rename", spec.Operations.Rename),
                Delete = Call("delete", spec.Operations.Delete)!,
                Paging = spec.Paging is { } paging ? new HttpPaging(paging.Parameter, KindOf(paging.By), paging.First) : null,
            };

    private static GivenCall? Call(McpOperation? operation) =>
        operation is null
            ? null
            : new GivenCall
            {
                Tool = operation.Tool,
                Arguments = operation.Arguments ?? new Dictionary<string, string>(),
                NameArgument = operation.NameArgument,
                IdArgument = operation.IdArgument,
            };

    private static HttpCall? Call(string name, HttpOperation? operation)
    {
        if (operation?.Body is { } body)
        {
            try
            {
                JsonDocument.Parse(body).Dispose();
            }
            catch (JsonException exception)
            {
                throw new AccountException(
                    AccountProblem.ForPerson(
                        Reasons.InvalidSpec,
                        $"spec.http.operations.{name}.body is not JSON (line {exception.LineNumber + 1}, byte "
                            + $"{exception.BytePositionInLine}): write an object such as {{\"name\": \"${{name}}\"}}"
                    )
                );
            }
        }

        return operation is null ? null : new HttpCall(operation.Method.ToString(), operation.Path, operation.Body);
    }

    private static HttpPagingKind KindOf(HttpPagingBy by) =>
        by switch
        {
            HttpPagingBy.Page => HttpPagingKind.Page,
            HttpPagingBy.Offset => HttpPagingKind.Offset,
            _ => HttpPagingKind.Cursor,
        };
}
