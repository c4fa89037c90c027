using Carto.Emulator;
using Microsoft.Extensions.Time.Testing;
using Operator.Accounts;
using Operator.Contracts;
using Operator.Hosting;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Tests.Accounts;

/// <summary>When an account is connected anew, and that nothing happens otherwise.</summary>
public sealed class AccountQuietTests(KubernetesServer server) : AccountTests(server)
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task Settled_LookedAtAgain_WritesAndAsksNothing()
    {
        await StartConnectedAsync();
        var access = Directory.Find(Key);
        var writes = Writes.Count;

        Assert.Equal(new Settled(AccountConnector.LookInterval), await LookAgainAsync());

        Assert.Equal((writes, 0), (Writes.Count, Emulator.Calls.Count(Operation.Any)));
        Assert.Same(access, Directory.Find(Key));
    }

    [Fact]
    public async Task Settled_ClientsCameSince_TheirNumberIsWritten()
    {
        await StartConnectedAsync();
        var writes = Writes.Count;
        ManagedClients = 12;

        await LookAgainAsync();

        Assert.Equal((writes + 1, 0), (Writes.Count, Emulator.Calls.Count(Operation.Any)));
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

        Assert.IsType<Stalled>(await LookAgainAsync());

        Assert.Equal(writes, Writes.Count);
    }

    [Fact]
    public async Task Spec_ChangedInWhatCartoDoesNotSee_IsTakenUpWithoutAsking()
    {
        await StartConnectedAsync();
        var access = Directory.Find(Key);

        await ChangeAsync(spec => spec with { DriftCheckInterval = "2h" });
        await BecomesAsync(Reasons.Connected);

        Assert.Equal(0, Emulator.Calls.Count(Operation.Any));
        await using var lease = Look();
        Assert.Same(access, lease.Access);
    }

    [Fact]
    public async Task Spec_Changed_ConnectsAnewAndClosesTheFormerWhenItsLastHolderIsDone()
    {
        await StartConnectedAsync();
        var lease = Look();

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

        await AnnotateAsync(WireNames.Annotations.ReconcileRequestedAt, "now");

        await Eventually.TrueAsync(() => Emulator.Calls.Count(Operation.ToolsList) == 1, "a look in CARTO", Cancel);
        await LookAgainAsync();
        Assert.Equal(1, Emulator.Calls.Count(Operation.ToolsList));
    }

    [Fact]
    public async Task Doubt_RightAfterCartoAnswered_IsLeftUntilTheAnswerIsOld()
    {
        await StartConnectedAsync();
        var access = Directory.Find(Key);
        Directory.Recheck = _ => { };

        Directory.Doubt(Key);

        Assert.Equal(new Settled(AccountConnector.AnswerStands), await LookAgainAsync());
        Assert.Equal(0, Emulator.Calls.Count(Operation.Any));

        _time.Advance(AccountConnector.AnswerStands);
        Assert.Equal(new Settled(AccountConnector.LookInterval), await LookAgainAsync());
        Assert.Equal(1, Emulator.Calls.Count(Operation.ToolsList));
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

    /// <summary>An account that is connected, all its writes done, and CARTO's calls counted from here on.</summary>
    private async Task StartConnectedAsync()
    {
        Clock = _time;
        await WriteCredentialsAsync();
        await CreateAsync(Account());
        StartOperator();
        await BecomesAsync(Reasons.Connected);
        await EventsAsync(1);
        Emulator.Calls.Reset();
    }
}
