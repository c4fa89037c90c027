using BenchmarkDotNet.Attributes;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Benchmarks.Micro;

/// <summary>What an informer does with what it reads.</summary>
public class InformerBenchmarks
{
    private const int PageSize = 500;

    private readonly byte[] _client = Samples.ClientJson(1);
    private readonly byte[] _secret = Samples.SecretJson(1);
    private readonly byte[] _page = Samples.ClientListJson(PageSize);

    [Benchmark]
    public object DecodeResource() => Samples.Clients.Decode(_client);

    [Benchmark]
    public object DecodeSecretMetadata() => Samples.Secrets.Decode(_secret);

    [Benchmark(OperationsPerInvoke = PageSize)]
    public object DecodeListPage() => ListPage<M2MOAuthClient>.Decode(_page, Samples.Clients);
}
