using System.Collections.Concurrent;
using System.Net;
using k8s.Models;
using Operator.TestKit;
using Operator.TestKit.Faults;

namespace Operator.Runtime.Tests;

/// <summary>Several namespaces, one of which the API server does not let be watched.</summary>
public sealed class NamespacesTests(KubernetesServer server) : ClusterTests(server)
{
    private readonly Recorder _seen = new();
    private FaultProxy _proxy = null!;
    private KubernetesApi _faulty = null!;
    private TestNamespace _other = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _other = await TestNamespace.CreateAsync(Server, Cancel);
        _proxy = await FaultProxy.StartAsync(Server, Cancel);
        _faulty = new KubernetesApi(_proxy.CreateConfiguration());
        await Widgets.CreateAsync(Widget.Named(Namespace, "good"), Cancel);
        await Widgets.CreateAsync(Widget.Named(_other.Name, "bad"), Cancel);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _faulty.Dispose();
        await _proxy.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Theory]
    [InlineData("widgets")]
    [InlineData("configmaps")]
    public async Task Controller_WatchOfOneNamespaceIsRefused_ServesTheOtherAndThatOneWhenItMay(string refused)
    {
        var rule = _proxy.On(
            request => request.Resource == refused && request.Namespace == _other.Name,
            Fail.Answer(HttpStatusCode.Forbidden, "Forbidden")
        );
        var widgets = Informer(_faulty.For(Widget.Definition));
        var configMaps = Informer(_faulty.For(BuiltIn.ConfigMapMetadata));
        using var controller = new Controller<Widget>("widgets", _seen, widgets, new ControllerOptions(), Time, Logger).WaitFor(configMaps);
        Run(widgets.RunAsync);
        Run(configMaps.RunAsync);
        Run(controller.RunAsync);

        await Eventually.TrueAsync(() => _seen.Keys.Contains(Key("good")), "the good namespace to be served", Cancel);
        Assert.Contains("injected by the fault proxy", RefusalOf(refused == "widgets" ? widgets : configMaps), StringComparison.Ordinal);

        // Whatever was asked for has been looked at by now, or put aside: nothing may be done about what may not be seen as a whole.
        await Eventually.TrueAsync(() => controller is { QueueLength: 0, Running: 0 }, "the controller to be idle", Cancel);
        Assert.DoesNotContain(_seen.Keys, key => key.Namespace == _other.Name);

        rule.Dispose();
        await Eventually.TrueAsync(
            () => _seen.Keys.Contains(new ObjectKey(_other.Name, "bad")),
            "the other namespace to be served",
            Cancel
        );
        await Eventually.TrueAsync(
            () => RefusalOf(widgets) is null && RefusalOf(configMaps) is null,
            "the refusals to be forgotten",
            Cancel
        );
    }

    private string? RefusalOf(IInformer informer) => informer.Followings.Single(following => following.Namespace == _other.Name).Refusal;

    private Informer<T> Informer<T>(ResourceClient<T> client)
        where T : class, k8s.IKubernetesObject<V1ObjectMeta> =>
        new(
            client,
            new InformerOptions
            {
                Namespaces = [Namespace, _other.Name],
                MinBackoff = TimeSpan.FromMilliseconds(50),
                MaxBackoff = TimeSpan.FromMilliseconds(200),
            },
            Time,
            Logger
        );

    private sealed class Recorder : IReconciler<Widget>
    {
        public ConcurrentBag<ObjectKey> Keys { get; } = [];

        public Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
        {
            Keys.Add(key);
            return Task.FromResult<ReconcileResult>(new Settled(null));
        }
    }
}
