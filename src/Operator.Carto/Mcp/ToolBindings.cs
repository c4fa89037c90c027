using Operator.Carto.Clients;

namespace Operator.Carto.Mcp;

/// <summary>Operations bound to a server's tools, and why others could not be bound.</summary>
internal sealed class ToolBindings(IReadOnlyDictionary<ClientOperation, Binding> all)
{
    private static readonly ClientOperation[] Needed = [ClientOperation.Create, ClientOperation.List, ClientOperation.Delete];

    public BoundCall? Find(ClientOperation operation) => all[operation].Call;

    /// <exception cref="CartoException"><see cref="CartoErrorKind.Unsupported"/>, with what is missing.</exception>
    public BoundCall Require(ClientOperation operation) => all[operation].Call ?? throw Unsupported([operation]);

    /// <summary>Why an operation is not bound, as a sentence; null if it is.</summary>
    public string? Missing(ClientOperation operation) => all[operation].Missing;

    /// <summary>Whether the operator cannot work without an operation.</summary>
    public static bool Needs(ClientOperation operation) => Needed.Contains(operation);

    /// <summary>Throws unless all required operations are bound.</summary>
    public void RequireNeeded()
    {
        if (Needed.Where(operation => Find(operation) is null).ToArray() is { Length: > 0 } missing)
        {
            throw Unsupported(missing);
        }
    }

    /// <summary>Whether an operation is bound to a tool.</summary>
    public bool Uses(string tool) => all.Values.Any(binding => binding.Call?.Tool == tool);

    /// <summary>One line per bound operation.</summary>
    public IReadOnlyList<string> Describe() =>
        [
            .. all.Where(pair => pair.Value.Call is not null)
                .OrderBy(pair => pair.Key)
                .Select(pair => $"{pair.Key.Word()}: {pair.Value.Call}"),
        ];

    /// <summary>What is unavailable, and why.</summary>
    public IReadOnlyList<string> Warnings()
    {
        List<string> warnings = [];
        if (Find(ClientOperation.Rename) is null)
        {
            warnings.Add($"Clients cannot be renamed: {all[ClientOperation.Rename].Missing}");
        }

        if (Find(ClientOperation.Get) is null)
        {
            warnings.Add($"Single clients are read through the list: {all[ClientOperation.Get].Missing}");
        }

        return warnings;
    }

    private CartoException Unsupported(IReadOnlyList<ClientOperation> operations)
    {
        // Several operations usually lack the same thing.
        var reasons = operations
            .GroupBy(operation => all[operation].Missing, StringComparer.Ordinal)
            .Select(group => $"{string.Join(", ", group.Select(operation => operation.Word()))}: {group.Key}");
        return new CartoException(
            new CartoError(
                CartoErrorKind.Unsupported,
                CartoStage.Api,
                $"The MCP server offers no way that is known to the operator for {string.Join(" ", reasons)}"
            )
        );
    }
}

/// <summary>One operation: bound, or what is missing, as a sentence.</summary>
internal readonly record struct Binding(BoundCall? Call, string? Missing);
