using ModelContextProtocol.Client;
using Operator.Carto.Tokens;

namespace Operator.Carto.Mcp;

/// <summary>
/// An open session and what was bound in it. It is shared by calls that run at once: closed only when the last of them is through,
/// because closing cuts off what is under way.
/// </summary>
internal sealed class McpSession(McpClient client, Uri endpoint, ToolBindings tools, AccessToken token, DateTimeOffset openedAt)
{
    private readonly Lock _lock = new();
    private int _users;
    private bool _retired;

    public McpClient Client => client;

    public Uri Endpoint => endpoint;

    public ToolBindings Tools => tools;

    /// <summary>The token that it was opened with.</summary>
    public AccessToken Token => token;

    /// <summary>The name and version that the server gives itself.</summary>
    public string? ServerName { get; } = NameOf(client);

    public DateTimeOffset OpenedAt => openedAt;

    /// <summary>Begins a use; false when it is on its way out.</summary>
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

    /// <summary>Lets nobody in any more.</summary>
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
            // Where the server keeps sessions, this tells it that this one is over. Nobody waits for that, and it may fail.
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
            // The SDK's way to say that the server does not name itself.
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
