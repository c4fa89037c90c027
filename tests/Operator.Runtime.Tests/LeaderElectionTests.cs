using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Operator.TestKit;
using Operator.TestKit.Faults;

namespace Operator.Runtime.Tests;

/// <summary>Who leads, on the real API server and a clock that stands still unless a test moves it.</summary>
public sealed class LeaderElectionTests(KubernetesServer server) : ClusterTests(server)
{
    private const string Name = "the-lease";

    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RenewDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(2);

    private readonly List<Candidate> _candidates = [];
    private readonly CountingTime _time = new(TimeProvider.System.GetUtcNow());
    private int _waits;
    private ResourceClient<V1Lease> _leases = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _leases = Api.For(BuiltIn.Leases);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var candidate in _candidates)
        {
            await candidate.DisposeAsync();
        }

        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Run_NoLease_CreatesItAndLeads()
    {
        var one = await StartAsync("one");

        await LeadsAsync(one);

        var lease = await LeaseAsync();
        Assert.Equal(("one", 15, 0), (lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds, lease.Spec.LeaseTransitions));
        Assert.True(one.Election.Leadership.IsHeld);
        Assert.Null(one.Election.Obstacle);
    }

    [Fact]
    public async Task Run_AnotherLeads_WaitsWithoutWriting()
    {
        await LeadsAsync(await StartAsync("one"));

        var two = await StartAsync("two");
        await SeesAsync(two, "one");
        _time.Advance(LeaseDuration - RenewDeadline);

        Assert.False(two.Election.Won.IsCompleted);
        Assert.False(two.Election.Leadership.IsHeld);
        Assert.DoesNotContain(two.Proxy.Requests, IsWrite);
    }

    [Fact]
    public async Task Run_HolderRenews_IsNeverSucceededHoweverLongItTakes()
    {
        await LeadsAsync(await StartAsync("one"));
        var two = await StartAsync("two");
        await SeesAsync(two, "one");
        var seen = await LeaseAsync();
        for (var i = 0; i < 12; i++)
        {
            await NextRoundAsync();
            seen = await ChangesAsync(seen);
            await Eventually.TrueAsync(() => two.Saw(seen), "the standby to see the renewal", Cancel);
        }

        Assert.False(two.Election.Won.IsCompleted);
        Assert.Equal("one", seen.Spec.HolderIdentity);
        Assert.DoesNotContain(two.Proxy.Requests, IsWrite);
    }

    [Fact]
    public async Task Run_HolderIsSilent_TakesOverWhenTheLeaseHasRunOutOnItsOwnClock()
    {
        await WriteAsync("dead", seconds: 7, renewed: _time.GetUtcNow().AddYears(-1));
        var one = await StartAsync("one");
        await SeesAsync(one, "dead");

        _time.Advance(TimeSpan.FromSeconds(6.9));
        Assert.DoesNotContain(one.Proxy.Requests, IsWrite);

        await AdvanceUntilAsync(() => one.Election.Won.IsCompleted, "one to lead");
        var lease = await LeaseAsync();
        Assert.Equal(("one", 15, 1), (lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds, lease.Spec.LeaseTransitions));
    }

    [Fact]
    public async Task Release_StandbyTakesOverWithoutWaiting()
    {
        var one = await StartAsync("one");
        await LeadsAsync(one);
        var two = await StartAsync("two");
        await SeesAsync(two, "one");

        await one.StopAsync();
        Assert.True(one.Election.Leadership.IsHeld);
        await one.Election.ReleaseAsync(Cancel);

        // Nobody has moved the clock.
        await LeadsAsync(two);
        Assert.False(one.Election.Leadership.IsHeld);
    }

    [Fact]
    public async Task Release_AnswerToTheLastRenewalWasLost_GivesTheLeaseBackAllTheSame()
    {
        var one = await StartAsync("one");
        await LeadsAsync(one);
        var before = await LeaseAsync();
        one.Proxy.Once(IsWrite, Fail.CutAfterEffect());
        await NextRoundAsync();
        await ChangesAsync(before);
        await SaysAsync("Could not renew");

        await one.StopAsync();
        await one.Election.ReleaseAsync(Cancel);

        Assert.Equal("", (await LeaseAsync()).Spec.HolderIdentity);
    }

    [Fact]
    public async Task Release_OfAStandby_WritesNothing()
    {
        await LeadsAsync(await StartAsync("one"));
        var two = await StartAsync("two");
        await SeesAsync(two, "one");

        await two.StopAsync();
        await two.Election.ReleaseAsync(Cancel);

        Assert.DoesNotContain(two.Proxy.Requests, IsWrite);
        Assert.Equal("one", (await LeaseAsync()).Spec.HolderIdentity);
    }

    [Fact]
    public async Task Keep_AnswerToARenewalIsLost_GoesOn()
    {
        var one = await StartAsync("one");
        await LeadsAsync(one);
        var before = await LeaseAsync();
        one.Proxy.Once(IsWrite, Fail.CutAfterEffect());
        await NextRoundAsync();
        await SaysAsync("Could not renew");
        await ChangesAsync(before);

        for (var i = 0; i < 8; i++)
        {
            before = await LeaseAsync();
            await NextRoundAsync();
            await ChangesAsync(before);
        }

        Assert.True(one.Election.Leadership.IsHeld);
        Assert.False(one.Running.IsCompleted);
    }

    [Fact]
    public async Task Keep_AnswerToARenewalIsLate_CountsFromItsSending()
    {
        var one = await StartAsync("one");
        await LeadsAsync(one);
        one.Proxy.Once(IsWrite, Fail.HoldAnswer(out var hold));
        await NextRoundAsync();
        await hold.Arrived.WaitAsync(Eventually.DefaultLimit, Time, Cancel);
        _time.Advance(TimeSpan.FromSeconds(7));
        hold.Release();
        await Eventually.TrueAsync(() => _time.Waits(RetryPeriod) > _waits, "the leader to wait for its next renewal", Cancel);
        one.Proxy.IsDown = true;

        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.True(one.Election.Leadership.IsHeld);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.False(one.Election.Leadership.IsHeld);
    }

    [Fact]
    public async Task Keep_ServerIsAway_EndsAtTheDeadlineAndNotBefore()
    {
        var one = await StartAsync("one");
        await LeadsAsync(one);
        one.Proxy.IsDown = true;

        for (var i = 0; i < 4; i++)
        {
            await NextRoundAsync();
            await Eventually.TrueAsync(() => Count("Could not renew") > i, "a renewal to fail", Cancel);
        }

        Assert.True(one.Election.Leadership.IsHeld);
        await NextRoundAsync();

        Assert.False(one.Election.Leadership.IsHeld);
        Assert.True(one.Election.Leadership.Over.IsCancellationRequested);
        var lost = await Assert.ThrowsAsync<LeadershipLostException>(() => one.Running);
        Assert.Contains("could not be renewed within 10 s", lost.Message, StringComparison.Ordinal);
        Assert.Null(one.Election.Stuck);
    }

    [Fact]
    public async Task Keep_LeaseIsTakenByAnother_EndsAtOnceAndNamesIt()
    {
        var one = await StartAsync("one");
        await LeadsAsync(one);

        await _leases.PatchAsync(Key(Name), """{"spec":{"holderIdentity":"thief"}}"""u8.ToArray(), subresource: null, Cancel);

        // Nobody has moved the clock: the watch tells.
        var lost = await Assert.ThrowsAsync<LeadershipLostException>(() => one.Running.WaitAsync(Eventually.DefaultLimit, Time, Cancel));
        Assert.Contains("thief has taken the lease", lost.Message, StringComparison.Ordinal);
        Assert.False(one.Election.Leadership.IsHeld);
    }

    [Fact]
    public async Task Keep_LeaseIsDeleted_EndsAtOnceAndTheStandbyWaitsAllTheSame()
    {
        var one = await StartAsync("one");
        await LeadsAsync(one);
        var two = await StartAsync("two");
        await SeesAsync(two, "one");

        await _leases.DeleteAsync(Key(Name), uid: null, Cancel);

        var lost = await Assert.ThrowsAsync<LeadershipLostException>(() => one.Running.WaitAsync(Eventually.DefaultLimit, Time, Cancel));
        Assert.Contains("was deleted", lost.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(two.Proxy.Requests, IsWrite);
        await AdvanceUntilAsync(() => two.Election.Won.IsCompleted, "two to lead");
    }

    [Fact]
    public async Task Run_SeveralReachForAFreeLease_OneLeads()
    {
        await WriteAsync("dead", seconds: 5, renewed: _time.GetUtcNow());
        Candidate[] all = [await StartAsync("one"), await StartAsync("two"), await StartAsync("three")];
        foreach (var candidate in all)
        {
            await SeesAsync(candidate, "dead");
        }

        await AdvanceUntilAsync(() => all.Any(candidate => candidate.Election.Won.IsCompleted), "one to lead");
        var holder = (await LeaseAsync()).Spec.HolderIdentity;
        foreach (var candidate in all.Where(candidate => candidate.Identity != holder))
        {
            await SeesAsync(candidate, holder);
        }

        Assert.Equal([holder], all.Where(candidate => candidate.Election.Won.IsCompleted).Select(candidate => candidate.Identity));
    }

    [Fact]
    public async Task Run_MayNotWrite_ReportsItAndLeadsWhenItMay()
    {
        var one = await StartAsync("one", proxy => proxy.Once(IsWrite, Fail.Answer(HttpStatusCode.Forbidden, "Forbidden")));

        await Eventually.TrueAsync(
            () => one.Election.Obstacle?.Contains("create leases", StringComparison.Ordinal) == true,
            "an obstacle that names the call",
            Cancel
        );
        await AdvanceUntilAsync(() => one.Election.Won.IsCompleted, "one to lead");

        Assert.Null(one.Election.Obstacle);
    }

    [Fact]
    public async Task Run_AnswerToTheTakingWasLost_LeadsAsSoonAsItSeesThatTheLeaseIsIts()
    {
        var one = await StartAsync("one", proxy => proxy.Once(IsWrite, Fail.CutAfterEffect()));

        await AdvanceUntilAsync(() => one.Election.Won.IsCompleted, "one to lead");

        Assert.Equal(("one", 0), ((await LeaseAsync()).Spec.HolderIdentity, (await LeaseAsync()).Spec.LeaseTransitions));
    }

    [Fact]
    public async Task Write_ThroughTheHandler_OnlyWhileLeading()
    {
        await LeadsAsync(await StartAsync("other"));
        var one = await StartAsync("one");
        await SeesAsync(one, "other");
        using var api = new KubernetesApi(
            Server.CreateConfiguration(),
            new LeaderOnlyHandler(one.Election.Leadership, request => request.Method != HttpMethod.Get)
        );
        var widgets = api.For(Widget.Definition);

        await Assert.ThrowsAsync<NotLeadingException>(() => widgets.CreateAsync(Widget.Named(Namespace, "early"), Cancel));
        Assert.Null(await widgets.GetAsync(Key("early"), Cancel));

        await _candidates[0].StopAsync();
        await _candidates[0].Election.ReleaseAsync(Cancel);
        await LeadsAsync(one);
        await widgets.CreateAsync(Widget.Named(Namespace, "in-time"), Cancel);

        _time.Advance(RenewDeadline);
        await Assert.ThrowsAsync<NotLeadingException>(() => widgets.CreateAsync(Widget.Named(Namespace, "late"), Cancel));
        Assert.Equal("in-time", Assert.Single(await widgets.ListAsync(Namespace, null, Cancel)).Metadata.Name);
    }

    [Fact]
    public async Task Write_UnderWayWhenLeadingEnds_IsCutOff()
    {
        var one = await StartAsync("one");
        await LeadsAsync(one);
        await using var proxy = await FaultProxy.StartAsync(Server, Cancel);
        proxy.Once(request => request.Verb == "create", Fail.Hold(out var hold));
        using var api = new KubernetesApi(proxy.CreateConfiguration(), new LeaderOnlyHandler(one.Election.Leadership, _ => true));
        var write = api.For(Widget.Definition).CreateAsync(Widget.Named(Namespace, "slow"), Cancel);
        await hold.Arrived.WaitAsync(Eventually.DefaultLimit, Time, Cancel);

        _time.Advance(RenewDeadline);

        await Assert.ThrowsAsync<NotLeadingException>(() => write);
    }

    [Fact]
    public async Task Write_GetsItsConnectionOnlyAfterLeadingEnded_IsNotSent()
    {
        var time = new TimerlessTime();
        using var leadership = new Leadership(RenewDeadline, time);
        leadership.Renew(Moment.Now(time));
        await using var proxy = await FaultProxy.StartAsync(Server, Cancel);
        using var sockets = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                // As when the process is paused here: its clock has moved on, and no timer has fired yet.
                time.Seconds += (int)RenewDeadline.TotalSeconds;
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpMessageInvoker(new LeaderOnlyHandler(leadership, _ => true) { InnerHandler = sockets });
        using var request = new HttpRequestMessage(HttpMethod.Post, proxy.Address) { Content = new StringContent("{}") };

        await Assert.ThrowsAnyAsync<Exception>(() => http.SendAsync(request, Cancel));

        Assert.Empty(proxy.Requests);
    }

    private static bool IsWrite(ProxiedRequest request) => request.Verb is not ("get" or "list" or "watch");

    private async Task<Candidate> StartAsync(string identity, Action<FaultProxy>? prepare = null)
    {
        var proxy = await FaultProxy.StartAsync(Server, Cancel);
        prepare?.Invoke(proxy);
        var api = new KubernetesApi(proxy.CreateConfiguration());
        var options = new LeaderElectionOptions
        {
            Namespace = Namespace,
            Name = Name,
            Identity = identity,
            LeaseDuration = LeaseDuration,
            RenewDeadline = RenewDeadline,
            RetryPeriod = RetryPeriod,
        };
        var candidate = new Candidate(
            identity,
            proxy,
            api,
            new LeaderElection(api, options, _time, Log.CreateFactory().CreateLogger(identity))
        );
        _candidates.Add(candidate);
        return candidate;
    }

    private static Task LeadsAsync(Candidate candidate) =>
        Eventually.TrueAsync(() => candidate.Election.Won.IsCompletedSuccessfully, $"{candidate.Identity} to lead", Cancel);

    private Task SeesAsync(Candidate candidate, string holder) =>
        Eventually.TrueAsync(
            () =>
                Log
                    .Lines.Since(0)
                    .Any(line =>
                        line.Contains($" {candidate.Identity}[", StringComparison.Ordinal)
                        && line.Contains($"{holder} leads; this operator waits", StringComparison.Ordinal)
                    ),
            $"{candidate.Identity} to wait for {holder}",
            Cancel
        );

    private Task SaysAsync(string text) => Eventually.TrueAsync(() => Count(text) > 0, $"the log to say: {text}", Cancel);

    private int Count(string text) => Log.Lines.Since(0).Count(line => line.Contains(text, StringComparison.Ordinal));

    private async Task<V1Lease> LeaseAsync() => (await _leases.GetAsync(Key(Name), Cancel))!;

    private async Task<V1Lease> ChangesAsync(V1Lease from) =>
        (
            await Eventually.GetAsync(
                token => _leases.GetAsync(Key(Name), token),
                lease => lease!.Metadata.ResourceVersion != from.Metadata.ResourceVersion,
                "the lease to be renewed",
                Cancel
            )
        )!;

    /// <summary>Lets a leader's next renewal begin, as soon as it waits for that.</summary>
    private async Task NextRoundAsync()
    {
        await Eventually.TrueAsync(() => _time.Waits(RetryPeriod) > _waits, "the leader to wait for its next renewal", Cancel);
        _waits = _time.Waits(RetryPeriod);
        _time.Advance(RetryPeriod);
    }

    /// <summary>Lets time pass in steps, for what takes several of them and answers in between.</summary>
    private Task AdvanceUntilAsync(Func<bool> condition, string what) =>
        Eventually.TrueAsync(
            () =>
            {
                if (condition())
                {
                    return true;
                }

                _time.Advance(TimeSpan.FromMilliseconds(100));
                return false;
            },
            what,
            Cancel
        );

    private Task<V1Lease> WriteAsync(string holder, int seconds, DateTimeOffset renewed) =>
        _leases.CreateAsync(
            new V1Lease
            {
                Metadata = new V1ObjectMeta { Name = Name, NamespaceProperty = Namespace },
                Spec = new V1LeaseSpec
                {
                    HolderIdentity = holder,
                    LeaseDurationSeconds = seconds,
                    RenewTime = renewed.UtcDateTime,
                },
            },
            Cancel
        );

    /// <summary>Knows how often somebody began to wait for a certain time.</summary>
    private sealed class CountingTime(DateTimeOffset start) : FakeTimeProvider(start)
    {
        private readonly ConcurrentDictionary<TimeSpan, int> _waits = new();

        public int Waits(TimeSpan duration) => _waits.GetValueOrDefault(duration);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _waits.AddOrUpdate(dueTime, 1, static (_, count) => count + 1);
            return timer;
        }
    }

    /// <summary>A process that would like to lead, behind a proxy of its own.</summary>
    private sealed class Candidate : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly KubernetesApi _api;

        public Candidate(string identity, FaultProxy proxy, KubernetesApi api, LeaderElection election)
        {
            (Identity, Proxy, _api, Election) = (identity, proxy, api, election);
            Running = Election.RunAsync(_stop.Token);
        }

        public string Identity { get; }

        public FaultProxy Proxy { get; }

        public LeaderElection Election { get; }

        public Task Running { get; }

        /// <summary>Whether its watch has brought the Lease as it is.</summary>
        public bool Saw(V1Lease lease) => Election.LastSeen?.Metadata.ResourceVersion == lease.Metadata.ResourceVersion;

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await Running;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
            Election.Dispose();
            _api.Dispose();
            await Proxy.DisposeAsync();
        }
    }
}
