using System.Collections.Concurrent;
using Operator.Carto;
using Operator.Carto.Tokens;

namespace Operator.Tests.Accounts;

/// <summary>An account whose lists end when the test says so, and that knows whether it was closed.</summary>
internal sealed class StubCarto : ICartoApi, ICartoClients
{
    private readonly ConcurrentQueue<TaskCompletionSource<OAuthClientList>> _lists = new();
    private int _listed;

    public ICartoClients Clients => this;

    public int Closed { get; private set; }

    /// <summary>How many lists were begun.</summary>
    public int Listed => Volatile.Read(ref _listed);

    public CartoApiInfo Info { get; set; } = new("ana", "ac_1", "MCP", "carto", ["list: all"], CanRename: true, TokenExpiresAt: null, []);

    /// <summary>The list that was begun first of those that have not ended.</summary>
    public TaskCompletionSource<OAuthClientList> NextList() =>
        _lists.TryDequeue(out var list) ? list : throw new InvalidOperationException("No list is under way.");

    public Task<OAuthClientList> ListAsync(CancellationToken cancellationToken)
    {
        var list = new TaskCompletionSource<OAuthClientList>(TaskCreationOptions.RunContinuationsAsynchronously);
        _lists.Enqueue(list);
        Interlocked.Increment(ref _listed);
        return list.Task;
    }

    public Task<CartoApiInfo> ConnectAsync(CancellationToken cancellationToken) => Task.FromResult(Info);

    public ValueTask DisposeAsync()
    {
        Closed++;
        return ValueTask.CompletedTask;
    }

    public Task<AccessToken> ObtainTokenAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task VerifyAsync(string clientId, Sensitive clientSecret, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<OAuthClient> CreateAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<OAuthClient?> GetAsync(string clientId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RenameAsync(string clientId, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteAsync(string clientId, CancellationToken cancellationToken) => throw new NotSupportedException();
}
