namespace Operator.Runtime.Tests;

public sealed class EventCorrelatorTests
{
    private static readonly EventRecorderOptions Options = new()
    {
        ReportingController = "example.com/test",
        ReportingInstance = "test",
        ObjectBurst = 3,
        ObjectRefill = TimeSpan.FromMinutes(5),
        AggregationWindow = TimeSpan.FromMinutes(10),
    };

    private readonly EventCorrelator _correlator = new(Options);
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void TryCount_SameEventWithinTheWindow_CountsIt()
    {
        Assert.False(_correlator.TryCount(Event("n"), _now));
        Begin(Event("n"));
        _now += TimeSpan.FromMinutes(9);

        Assert.True(_correlator.TryCount(Event("n"), _now));

        Assert.Equal(2, Assert.Single(_correlator.Series).Count);
    }

    [Fact]
    public void TryCount_SameEventMuchLater_IsANewOne()
    {
        Begin(Event("n"));
        _now += TimeSpan.FromMinutes(11);

        Assert.False(_correlator.TryCount(Event("n"), _now));
    }

    [Fact]
    public void TryCount_OtherNote_IsANewOne()
    {
        Begin(Event("n"));

        Assert.False(_correlator.TryCount(Event("m"), _now));
    }

    [Fact]
    public void TryBegin_ObjectHasUsedUpItsBudget_IsDroppedUntilItRefills()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.True(Begin(Event($"{i}")));
        }

        Assert.False(Begin(Event("3")));
        Assert.True(Begin(Event("other", uid: "another")));

        _now += TimeSpan.FromMinutes(5);
        Assert.True(Begin(Event("4")));
        Assert.False(Begin(Event("5")));
    }

    [Fact]
    public void Prune_LongAfter_ForgetsSeries()
    {
        Begin(Event("n"));
        _now += TimeSpan.FromMinutes(11);

        _correlator.Prune(_now);

        Assert.Empty(_correlator.Series);
    }

    [Fact]
    public void Prune_CountNotYetWritten_KeepsTheSeries()
    {
        Begin(Event("n"));
        _correlator.TryCount(Event("n"), _now);
        _now += TimeSpan.FromMinutes(11);

        _correlator.Prune(_now);

        Assert.Single(_correlator.Series);
    }

    private static EventIdentity Event(string note, string uid = "uid") => new(uid, EventType.Warning, "Reason", "Action", note);

    private bool Begin(EventIdentity identity) => _correlator.TryBegin(identity, new ObjectKey("ns", "event"), _now, out _);
}
