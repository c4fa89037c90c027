using System.Collections.Concurrent;
using Operator.Access;
using Operator.Carto;

namespace Operator.Accounts;

/// <summary>The connections of this process, one an account. For one account at a time only one caller.</summary>
internal sealed class AccountConnections(ICartoAccountFactory factory, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<AccountKey, AccountConnection> _connections = new();

    /// <summary>The connection of an account: the one there is if its settings are the same, else a new one in its place.</summary>
    public async ValueTask<AccountConnection> GetAsync(AccountKey account, CartoAccountOptions options)
    {
        if (_connections.TryGetValue(account, out var current) && current.Options == options)
        {
            return current;
        }

        var created = _connections[account] = new AccountConnection(options, factory.Create(options), time);
        await (current?.ReleaseAsync() ?? ValueTask.CompletedTask);
        return created;
    }

    /// <summary>Lets go of the connection of an account that is gone.</summary>
    public ValueTask CloseAsync(AccountKey account) =>
        _connections.TryRemove(account, out var connection) ? connection.ReleaseAsync() : ValueTask.CompletedTask;

    /// <summary>Closes all of them. For the end of the process, when no resource is looked at any more.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values)
        {
            await connection.DisposeAsync();
        }
    }
}
