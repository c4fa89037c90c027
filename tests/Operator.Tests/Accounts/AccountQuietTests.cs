using Microsoft.Extensions.Time.Testing;
using Operator.Accounts;
using Operator.Contracts;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Tests.Accounts;

/// <summary>When an account is connected again, and that nothing happens otherwise.</summary>
public sealed class AccountQuietTests(KubernetesServer server) : AccountTests(server)
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task Settled_LookedAtAgain_WritesAndAsksNothing()
    {
        await StartConnectedAsync();
        var access = Directory.Find(Key);
        var (writes, calls) = (Writes.Count, CartoCalls.Count);

        Assert.Equal(new Settled(AccountConnector.ReadInterval), await ReconcileAgainAsync());

        Assert.Equal((writes, calls), (Writes.Count, CartoCalls.Count));
        Assert.Same(access, Directory.Find(Key));
    }

    [Fact]
    public async Task Settled_ClientsCameSince_TheirNumberIsWritten()
    {
        await StartConnectedAsync();
        var (writes, calls) = (Writes.Count, CartoCalls.Count);
        ManagedClients = 12;

        await ReconcileAgainAsync();

        Assert.Equal((writes + 1, calls), (Writes.Count, CartoCalls.Count));
        Assert.Equal(12, (await ReadAsync()).Status!.ManagedClients);
    }

    [Fact]
    public async Task Broken_LookedAtAgain_WritesNothing()
    {
        StartOperator();
        await CreateAsync(Account());
        await BecomesAsync(Reasons.SecretNotFound);
        await EventsAsync(1);
        var writes = Writes.Count;

        Assert.IsType<Stalled>(await ReconcileAgainAsync());

        Assert.Equal(writes, Writes.Count);
    }

    [Fact]
    public async Task Spec_ChangedInWhatCartoDoesNotSee_IsTakenUpWithoutAsking()
    {
        await StartConnectedAsync();
        var access = Directory.Find(Key);
        var calls = CartoCalls.Count;

        await ChangeAsync(spec => spec with { DriftCheckInterval = "2h" });
        await BecomesAsync(Reasons.Connected);

        Assert.Equal(calls, CartoCalls.Count);
        await using var lease = Acquire();
        Assert.Same(access, lease.Access);
    }

    [Fact]
    public async Task Spec_Changed_ConnectsAnewAndClosesTheFormerWhenItsLastHolderIsDone()
    {
        await StartConnectedAsync();
        var lease = Acquire();

        await ChangeAsync(spec => spec with { RequestsPerSecond = 99 });
        await BecomesAsync(Reasons.Connected);

        Assert.NotSame(lease.Access, Directory.Find(Key));
        await lease.Access!.Carto.Clients.ListAsync(Cancel);
        await lease.DisposeAsync();
        Assert.False(lease.Access.TryHold());
    }

    [Fact]
    public async Task Person_AsksForALook_ConnectsAnewOnce()
    {
        await StartConnectedAsync();

        var (probes, calls) = (Probes, CartoCalls.Count);

        await AnnotateAsync(WireNames.Annotations.ReconcileRequestedAt, "now");

        await Eventually.TrueAsync(() => Probes > probes, "a probe", Cancel);
        Assert.NotEqual(calls, CartoCalls.Count);
        calls = CartoCalls.Count;
        await ReconcileAgainAsync();
        Assert.Equal(calls, CartoCalls.Count);
    }

    [Fact]
    public async Task Doubt_RightAfterCartoAnswered_IsLeftUntilTheAnswerIsOld()
    {
        await StartConnectedAsync();
        var access = Directory.Find(Key);
        var calls = CartoCalls.Count;
        Directory.Recheck = _ => { };

        Directory.Doubt(Key);

        Assert.Equal(new Settled(AccountConnector.AnswerStands), await ReconcileAgainAsync());
        Assert.Equal(calls, CartoCalls.Count);

        _time.Advance(AccountConnector.AnswerStands);
        Assert.Equal(new Settled(AccountConnector.ReadInterval), await ReconcileAgainAsync());
        Assert.NotEqual(calls, CartoCalls.Count);
        Assert.False(Directory.IsDoubted(Key));
        Assert.Same(access, Directory.Find(Key));
    }

    [Fact]
    public async Task Doubt_Justified_IsPublishedAndReported()
    {
        await StartConnectedAsync();
        Emulator.DeleteClient(Ana.ClientId);
        Emulator.EndAllAccessTokens();
        _time.Advance(AccountConnector.AnswerStands);

        Directory.Doubt(Key);

        await BecomesAsync(Reasons.CredentialsRefused);
        Assert.Null(Directory.Find(Key));
    }

    [Fact]
    public async Task Account_RecreatedUnderItsName_IsAnotherAccountForResources()
    {
        await StartConnectedAsync();
        var before = Directory.Find(Key)!.Record;

        await Api.For(Kinds.Accounts).DeleteAsync(Key.ObjectKey, uid: null, Cancel);
        var created = await CreateAsync(Account());
        await BecomesAsync(Reasons.Connected);

        Assert.NotEqual(before.Uid, created.Metadata.Uid);
        Assert.Equal(created.Metadata.Uid, Directory.Find(Key)!.Record.Uid);
    }

    [Fact]
    public async Task Account_RecreatedBetweenTwoProbes_IsNotTakenForTheFormer()
    {
        await StartConnectedAsync();
        var recreated = await ReadAsync();
        recreated.Metadata.Uid = "another";

        var finding = await Connector.ProbeAsync(Key, recreated, Cancel);

        Assert.Equal("another", Assert.IsType<AccountFinding.Connected>(finding).Access.Record.Uid);
    }

    /// <summary>An account that is connected, and nothing under way any more.</summary>
    private async Task StartConnectedAsync()
    {
        Clock = _time;
        await WriteCredentialsAsync();
        await CreateAsync(Account());
        StartOperator();
        await BecomesAsync(Reasons.Connected);
        await EventsAsync(1);
        await Eventually.TrueAsync(() => Probes > 0, "the probe to end", Cancel);
    }
}
