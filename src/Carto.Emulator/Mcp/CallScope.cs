namespace Carto.Emulator;

/// <summary>The state of one call: caller, operation, faults and outcome.</summary>
internal sealed class CallScope
{
    public Operation Operation { get; set; } = Operation.Other;

    /// <summary>The caller; null at endpoints other than the MCP server, and if the token is missing or invalid.</summary>
    public Caller? Caller { get; set; }

    public string? UserId { get; set; }

    public string? Subject { get; set; }

    public string? Outcome { get; set; }

    public bool TookEffect { get; set; }

    /// <summary>Decided before the call is performed, to be answered by the tool; null for none.</summary>
    public CartoRefusal? Refusal { get; set; }

    /// <summary>Decided while it is performed, to be answered by HTTP; null for none.</summary>
    public CartoRefusal? HttpRefusal { get; set; }

    public IReadOnlyList<Fault> Faults { get; set; } = [];

    /// <summary>Completes when the faults of this call are cleared; hanging calls wait for it.</summary>
    public Task FaultsCleared { get; set; } = Task.CompletedTask;

    public static CallScope Of(HttpContext context) => context.RequestServices.GetRequiredService<CallScope>();

    /// <summary>The fault of a kind for this call; null if none.</summary>
    public Fault? Find(FaultKind kind) => Faults.FirstOrDefault(f => f.Kind == kind);
}

/// <summary>Marks endpoints whose calls are subject to faults and logging.</summary>
/// <param name="Operation">Their operation; null for the MCP server, whose requests determine it.</param>
/// <param name="Address">Which address of the MCP server they are; null if they are none.</param>
/// <param name="NeedsToken">Their callers need an access token.</param>
internal sealed record CallMark(Operation? Operation, McpAddress? Address = null, bool NeedsToken = false);
