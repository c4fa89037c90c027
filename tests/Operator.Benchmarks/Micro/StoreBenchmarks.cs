using BenchmarkDotNet.Attributes;
using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Benchmarks.Micro;

/// <summary>The store of 10,000 resources, with indexes such as the operator's.</summary>
public class StoreBenchmarks
{
    private const int Count = 10_000;

    private readonly Store<M2MOAuthClient> _store = Create();
    private readonly M2MOAuthClient _client = Samples.Client(7);

    [Benchmark]
    public void Update() => _store.Set(ObjectKey.Of(_client), _client);

    [Benchmark]
    public bool Read() => _store.TryGet(ObjectKey.Of(_client), out _);

    internal static Store<M2MOAuthClient> Create(int count = Count)
    {
        var store = new Store<M2MOAuthClient>();
        store.AddIndex("account", client => [AccountKey.Of(client).ToString()]);
        store.AddIndex("any-account", client => AccountKey.AllOf(client).Select(account => account.ToString()));
        store.AddIndex("namespace", client => [client.Metadata.NamespaceProperty]);
        for (var i = 0; i < count; i++)
        {
            var client = Samples.Client(i);
            store.Set(ObjectKey.Of(client), client);
        }

        return store;
    }
}
