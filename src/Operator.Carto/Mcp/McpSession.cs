using ModelContextProtocol.Client;
using Operator.Carto.Tokens;

namespace Operator.Carto.Mcp;

/// <summary>
/// An open session and its tool bindings. Shared by concurrent calls and closed only after the last one, because closing aborts calls in
/// flight.
/// </summary>
internal sealed class McpSession(McpClient client, Uri endpoint, ToolBindings tools, AccessToken token, DateTimeOffset openedAt)
{
    private readonly Lock _lock = new();
    private int _users;
    private bool _retired;

    public McpClient Client => client;

    public Uri Endpoint => endpoint;

    public ToolBindings Tools => tools;

    /// <summary>The token it was opened with.</summary>
    public AccessToken Token => token;

    /// <summary>Name and version reported by the server.</summary>
    public string? ServerName { get; } = NameOf(client);

    public DateTimeOffset OpenedAt => openedAt;

    /// <summary>Starts a use; false if it is being retired.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_retired)
            {
                return false;
            }

            _users++;
            return true;
        }
    }

    /// <summary>Ends a use.</summary>
    public void Leave()
    {
        bool isLast;
        lock (_lock)
        {
            isLast = --_users == 0 && _retired;
        }

        CloseIf(isLast);
    }

    /// <summary>Rejects further uses.</summary>
    public void Retire()
    {
        bool isIdle;
        lock (_lock)
        {
            isIdle = !_retired && _users == 0;
            _retired = true;
        }

        CloseIf(isIdle);
    }

    private void CloseIf(bool isOver)
    {
        if (isOver)
        {
            // Ends the session on servers that keep sessions. Not awaited, and may fail.
            _ = CloseAsync();
        }
    }

    private static string? NameOf(McpClient client)
    {
        try
        {
            return client.ServerInfo is { } server ? Words.Clean($"{server.Name} {server.Version}") : null;
        }
        catch (InvalidOperationException)
        {
            // The SDK throws if the server reports no name.
            return null;
        }
    }

    private async Task CloseAsync()
    {
        try
        {
            await client.DisposeAsync();
        }
        catch (Exception)
        {
            // The session is over either way.
        }
    }
}
