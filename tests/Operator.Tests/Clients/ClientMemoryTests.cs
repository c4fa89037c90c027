using Microsoft.Extensions.Time.Testing;
using Operator.Access;
using Operator.Clients;

namespace Operator.Tests.Clients;

public sealed class ClientMemoryTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void ListSince_SomethingWasDoneAfterTheSecondListBecameDue_IsAfterThat()
    {
        var memory = new ClientMemory("uid", _time);
        memory.Listed(_time.GetUtcNow());
        _time.Advance(2 * ClientListing.Lag);

        memory.Acted();

        Assert.Equal(_time.GetTimestamp(), memory.ListSince);
    }

    [Fact]
    public void ListSince_AfterAFirstMiss_IsAfterTheListLag()
    {
        var memory = new ClientMemory("uid", _time);
        memory.Acted();
        memory.Listed(_time.GetUtcNow());

        Assert.Equal(ClientListing.Lag, _time.GetElapsedTime(_time.GetTimestamp(), memory.ListSince));
    }
}
