namespace Carto.Emulator;

/// <summary>What a call asks of the clients, whichever interface it came through.</summary>
internal sealed record ClientRequest(Operation Operation)
{
    public string? ClientId { get; init; }

    public string? Name { get; init; }

    /// <summary>Page of a list, from 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>What callers of the interface call the first page.</summary>
    public int FirstPage { get; init; } = 1;

    /// <summary>Length of that page; null for the usual one.</summary>
    public int? Limit { get; init; }

    public string? Cursor { get; init; }

    /// <summary>What the log of calls names.</summary>
    public string? Subject => Operation == Operation.Create ? Name : ClientId;
}
