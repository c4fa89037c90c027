using Operator.Carto.Clients;
using Operator.Carto.Mcp;

namespace Operator.Carto.Records;

/// <summary>How an operation is called, or why it cannot be.</summary>
/// <param name="Operation">Its name in the spec: <c>create</c>, <c>list</c>, <c>get</c>, <c>rename</c> or <c>delete</c>.</param>
/// <param name="IsNeeded">Whether the operator cannot work without it.</param>
/// <param name="Call">The call; null if it is not known.</param>
/// <param name="IsGiven">Whether the account's spec says so.</param>
/// <param name="Missing">Why it is not known, as a sentence.</param>
public sealed record OperationBinding(string Operation, bool IsNeeded, string? Call, bool IsGiven, string? Missing)
{
    /// <summary>Those of an MCP server.</summary>
    internal static IReadOnlyList<OperationBinding> Of(ToolBindings bindings) =>
        [
            .. Enum.GetValues<ClientOperation>()
                .Select(operation =>
                    bindings.Find(operation) is { } call
                        ? new OperationBinding(
                            operation.Word(),
                            ToolBindings.Needs(operation),
                            (call with { IsGiven = false }).ToString(),
                            call.IsGiven,
                            null
                        )
                        : new OperationBinding(
                            operation.Word(),
                            ToolBindings.Needs(operation),
                            null,
                            IsGiven: false,
                            bindings.Missing(operation)
                        )
                ),
        ];

    /// <summary>Those of an HTTP API.</summary>
    internal static IReadOnlyList<OperationBinding> Of(HttpApiOptions api) =>
        [
            .. Enum.GetValues<ClientOperation>()
                .Select(operation => new OperationBinding(
                    operation.Word(),
                    ToolBindings.Needs(operation),
                    api.Of(operation) is { } call ? $"{call.Method} {call.Path}" : null,
                    IsGiven: true,
                    api.Of(operation) is null ? $"spec.http.operations.{operation.Word()} is not set." : null
                )),
        ];
}
