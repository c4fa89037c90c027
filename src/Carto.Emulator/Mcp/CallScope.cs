namespace Carto.Emulator;

/// <summary>One call on its way: who asks for what, what is to go wrong, and what has come of it.</summary>
internal sealed class CallScope
{
    public Operation Operation { get; set; } = Operation.Other;

    /// <summary>Who asks; null at other endpoints than the MCP server's, and where the token is missing or bad.</summary>
    public Caller? Caller { get; set; }

    public string? UserId { get; set; }

    public string? Subject { get; set; }

    public string? Outcome { get; set; }

    public bool TookEffect { get; set; }

    public IReadOnlyList<Fault> Faults { get; set; } = [];

    /// <summary>Ends when the faults that strike this call are cleared: what hangs waits for it, from the moment that it was struck.</summary>
    public Task FaultsCleared { get; set; } = Task.CompletedTask;

    public static CallScope Of(HttpContext context) => context.RequestServices.GetRequiredService<CallScope>();

    /// <summary>The fault of that kind that strikes this call; null when there is none.</summary>
    public Fault? Find(FaultKind kind) => Faults.FirstOrDefault(f => f.Kind == kind);
}

/// <summary>Marks the endpoints whose calls can be struck by faults and are logged.</summary>
/// <param name="Operation">What they are; null: the MCP server, whose requests tell.</param>
internal sealed record CallMark(Operation? Operation);
