using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Access;
using Operator.Clients;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Benchmarks.Micro;

/// <summary>What a reconcile of a settled resource costs: the plan, and the comparison of its status.</summary>
public class ClientBenchmarks
{
    private static readonly DateTimeOffset Now = new(2026, 11, 2, 0, 0, 0, TimeSpan.Zero);

    private readonly M2MOAuthClient _client = Samples.Client(7);
    private readonly M2MOAuthClientStatus _same = Samples.Client(7).Status!;
    private readonly Observation _seen;
    private readonly StatusWriter<M2MOAuthClient, M2MOAuthClientStatus> _writer;

    public ClientBenchmarks()
    {
        var endpoints = new Endpoints("https://gcp-us-east1.api.carto.com", "https://auth.carto.com/oauth/token", "carto-cloud-native-api");
        var fingerprint = SecretRenderer.Fingerprint(_client.Spec.Secret, endpoints);
        var id = _same.ClientId!;
        _seen = new Observation
        {
            Status = _same,
            Record = RecordSource.Status,
            Name = ClientName.Of(_client, "a1b2c3", 255),
            Account = new AccountView.Available(_same.Account!, CanRename: true) { Endpoints = endpoints },
            Secret = new SecretView.Ours(id, 1, fingerprint, _same.SecretResourceVersion!),
            Fingerprint = fingerprint,
            MustVerify = true,
            VerifiedClients = [id],
        };
        _writer = new StatusWriter<M2MOAuthClient, M2MOAuthClientStatus>(
            Samples.Clients,
            new Informer<M2MOAuthClient>(Samples.Clients, new InformerOptions(), TimeProvider.System, NullLogger.Instance),
            client => client.Status,
            ContractsJsonContext.Default.M2MOAuthClientStatus
        );
    }

    [Benchmark]
    public object Plan() => Clients.Plan.Decide(_client, _seen, Now);

    [Benchmark]
    public object CompareStatus() => _writer.WriteAsync(_client, _same, CancellationToken.None);
}
