using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Operator.TestKit;

namespace Operator.Runtime.Tests;

public sealed class RuntimeHostTests : IDisposable
{
    private readonly TestLog _log = new();
    private readonly Lifetime _lifetime = new();
    private readonly List<string> _story = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _lifetime.Dispose();

    [Fact]
    public async Task Stop_EndsControllersBeforeInformers()
    {
        using var host = Host(RunUntilStoppedAsync);
        await host.StartAsync(Cancel);

        await host.StopAsync(Cancel);

        Assert.Equal(["controller ended", "informer ended"], _story);
        Assert.Null(host.Failure);
        Assert.False(_lifetime.ApplicationStopping.IsCancellationRequested);
    }

    [Fact]
    public async Task Run_AControllerFails_StopsTheProcessAndReportsWhy()
    {
        using var host = Host((_, _) => throw new InvalidOperationException("boom"));
        await host.StartAsync(Cancel);

        await Eventually.TrueAsync(() => _lifetime.ApplicationStopping.IsCancellationRequested, "the process to stop", Cancel);

        Assert.Equal("boom", host.Failure?.Message);
        Assert.Contains(_log.Lines.Since(0), line =>
            line.Contains("Critical", StringComparison.Ordinal) && line.Contains("boom", StringComparison.Ordinal)
        );
        await host.StopAsync(Cancel);
    }

    [Fact]
    public async Task Run_AControllerEndsByItself_StopsTheProcessAndReportsIt()
    {
        using var host = Host((_, _) => Task.CompletedTask);
        await host.StartAsync(Cancel);

        await Eventually.TrueAsync(() => _lifetime.ApplicationStopping.IsCancellationRequested, "the process to stop", Cancel);

        Assert.NotNull(host.Failure);
        await host.StopAsync(Cancel);
    }

    private RuntimeHost Host(Func<string, CancellationToken, Task> controller) =>
        new(
            [new Part("informer", RunUntilStoppedAsync)],
            [new Part("controller", controller)],
            recorder: null,
            election: null,
            _lifetime,
            _log.CreateFactory().CreateLogger<RuntimeHost>()
        );

    private async Task RunUntilStoppedAsync(string name, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_story)
        {
            _story.Add($"{name} ended");
        }
    }

    private sealed class Part(string name, Func<string, CancellationToken, Task> run) : IInformer, IController
    {
        public string Name => name;

        public bool HasSynced => true;

        public IReadOnlyList<IFollowing> Followings => [];

        public int Running => 0;

        public int QueueLength => 0;

        public TimeSpan OldestWait => TimeSpan.Zero;

        public Task RunAsync(CancellationToken cancellationToken) => run(name, cancellationToken);

        public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
