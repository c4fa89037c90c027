using Microsoft.Extensions.Logging;
using Operator.TestKit;

[assembly: AssemblyFixture(typeof(KubernetesServer))]
[assembly: ShowServerLog]

namespace Operator.Runtime.Tests;

/// <summary>What tests against the API server share: a namespace, a connection, and a clean end.</summary>
public abstract class ClusterTests(KubernetesServer server) : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private TestNamespace? _namespace;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected static TimeProvider Time => TimeProvider.System;

    protected KubernetesServer Server => server;

    protected TestLog Log { get; } = new();

    protected ILogger Logger { get; private set; } = null!;

    protected string Namespace => _namespace!.Name;

    protected KubernetesApi Api { get; private set; } = null!;

    protected ResourceClient<Widget> Widgets { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Logger = Log.CreateFactory().CreateLogger("test");
        await server.ApplyCrdsAsync("tests/Operator.Runtime.Tests/crds", Cancel);
        _namespace = await TestNamespace.CreateAsync(server, Cancel);
        Api = new KubernetesApi(server.CreateConfiguration());
        Widgets = Api.For(Widget.Definition);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        _stop.Dispose();
        Api.Dispose();
        await _namespace!.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs something until the test is over, and then waits for its end.</summary>
    protected void Run(Func<CancellationToken, Task> run) => _running.Add(run(_stop.Token));

    protected ObjectKey Key(string name) => new(Namespace, name);

    protected async Task<Informer<T>> StartInformerAsync<T>(ResourceClient<T> client, InformerOptions? options = null)
        where T : class, k8s.IKubernetesObject<k8s.Models.V1ObjectMeta>
    {
        options ??= new InformerOptions();
        var informer = new Informer<T>(
            client,
            options.Namespaces.Count > 0 ? options : options with { Namespaces = [Namespace] },
            Time,
            Logger
        );
        Run(informer.RunAsync);
        await Eventually.TrueAsync(() => informer.HasSynced, "the informer to sync", Cancel);
        return informer;
    }
}
