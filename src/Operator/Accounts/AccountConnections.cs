using System.Collections.Concurrent;
using Operator.Access;
using Operator.Carto;

namespace Operator.Accounts;

/// <summary>The connections of this process, one per account. Not for concurrent use with the same account.</summary>
internal sealed class AccountConnections(ICartoApiFactory factory, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<AccountKey, AccountConnection> _connections = new();

    /// <summary>The connection of an account: the existing one if its settings are the same, otherwise a replacement.</summary>
    public async ValueTask<AccountConnection> GetAsync(AccountKey account, CartoApiOptions options)
    {
        if (_connections.TryGetValue(account, out var current) && current.Options == options)
        {
            return current;
        }

        var created = _connections[account] = new AccountConnection(options, factory.Create(options), time);
        await (current?.ReleaseAsync() ?? ValueTask.CompletedTask);
        return created;
    }

    /// <summary>Releases the connection of an account that is gone.</summary>
    public ValueTask CloseAsync(AccountKey account) =>
        _connections.TryRemove(account, out var connection) ? connection.ReleaseAsync() : ValueTask.CompletedTask;

    /// <summary>Closes all of them at shutdown, after the last reconcile.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values)
        {
            await connection.DisposeAsync();
        }
    }
}
