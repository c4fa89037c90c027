using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carto.Emulator;
using k8s;
using k8s.Models;
using Operator.Hosting;
using Operator.Runtime;
using Operator.TestKit;
using Operator.TestKit.Leaks;
using Operator.Tests.Clients;
using Operator.Tests.Drift;

namespace Operator.Tests.FirstContact;

/// <summary>
/// The whole operator in one namespace of the real API server, for all variants of a class: each has an account of its own in a CARTO of
/// its own. What the operator's clock says can be moved on.
/// </summary>
public sealed class ContactWorld(KubernetesServer server) : IAsyncLifetime
{
    private readonly TestLog _log = new();
    private readonly List<CartoEmulator> _cartos = [];
    private readonly KubernetesApi _api = new(server.CreateConfiguration());
    private TestNamespace? _namespace;
    private OperatorHost? _host;
    private LeakHunt? _leaks;

    internal ClientWorld.ShiftedTime Time { get; } = new();

    internal TestNamespace Namespace => _namespace!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts the operator.</summary>
    public async ValueTask InitializeAsync()
    {
        await server.ApplyCrdsAsync("config/crd", Cancel);
        _leaks = new LeakHunt(() => _cartos.SelectMany(carto => carto.SecretsEverIssued)).Watch(_log.Lines);
        _namespace = await TestNamespace.CreateAsync(server, Cancel);
        _host = new OperatorHost(
            new OperatorSetup
            {
                Options = new OperatorOptions
                {
                    Health = new ListenAddress(IPAddress.Loopback, 0),
                    ClusterId = DriftWorld.Cluster,
                    AllowedHosts = ["127.0.0.1"],
                    LeaderElect = false,
                    Metrics = null,
                },
                Kubernetes = server.CreateConfiguration(),
                LoggerFactory = _log.CreateFactory(),
                KubernetesHandlers = [new OnlyNamespace(Namespace.Name)],
                Time = Time,
                GracePeriod = TimeSpan.Zero,
            }
        );
        await _host.StartAsync(Cancel);
    }

    /// <summary>Starts a CARTO and applies an account in it.</summary>
    internal async Task<Contact> BeginAsync(Variant variant, Interface over)
    {
        var carto = await CartoEmulator.StartAsync(new CartoEmulatorOptions { Variants = variant.Carto, TimeProvider = Time }, Cancel);
        _cartos.Add(carto);
        foreach (var fault in variant.Faults)
        {
            carto.Faults.Add(fault);
        }

        var user = carto.AddUser("ana", role: variant.Role);
        var contact = new Contact(this, $"v{_cartos.Count}", carto, user);
        var manifest = AccountManifest.Of(contact.Name, variant, over, carto, user);
        if (variant.Login == Login.EndedToken)
        {
            carto.EndAllAccessTokens();
        }

        await Namespace.ApplyAsync(manifest, Cancel);
        return contact;
    }

    internal Task<T?> GetAsync<T>(ResourceDefinition<T> definition, string name)
        where T : class, IKubernetesObject<V1ObjectMeta> => _api.For(definition).GetAsync(KeyOf(name), Cancel);

    internal Task PatchAsync<T>(ResourceDefinition<T> definition, string name, JsonObject patch)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        _api.For(definition).PatchAsync(KeyOf(name), JsonSerializer.SerializeToUtf8Bytes(patch), null, Cancel);

    internal Task DeleteAsync<T>(ResourceDefinition<T> definition, string name)
        where T : class, IKubernetesObject<V1ObjectMeta> => _api.For(definition).DeleteAsync(KeyOf(name), uid: null, Cancel);

    /// <summary>Ends it; fails when a secret can be read where it must not be.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_host is { } host)
        {
            await host.AbandonAsync();
            await host.DisposeAsync();
        }

        if (_namespace is { } place && _leaks is { } leaks)
        {
            await leaks.SearchAsync(server, place.Name, CancellationToken.None);
            await place.DisposeAsync();
        }

        foreach (var carto in _cartos)
        {
            await carto.DisposeAsync();
        }

        _api.Dispose();
        _log.Dispose();
        _leaks?.Dispose();
        _leaks?.AssertNothing();
    }

    private ObjectKey KeyOf(string name) => new(Namespace.Name, name);
}
