using k8s.Models;
using Operator.Access;
using Operator.Accounts;
using Operator.Carto;
using Operator.Contracts;
using Operator.Protection;
using Operator.Runtime;

namespace Operator.Tests.Accounts;

public sealed class AccountReportTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    private readonly StubCarto _carto = new();

    public ValueTask DisposeAsync() => _carto.DisposeAsync();

    [Fact]
    public void Next_Connected_SaysAsWhomAndWithWhat()
    {
        var status = Next(null, Connected());

        Assert.Equal((7, 2), (status.ObservedGeneration, status.ManagedClients));
        Assert.Equal(new AccountOwner { UserId = "ana", AccountId = "ac_1" }, status.Owner);
        Assert.Equal(("MCP", "carto", "list: all"), (status.Api!.Kind, status.Api.Server, status.Api.Tools!.Single()));
        Assert.Equal("Connected as ana", status.Conditions!.Single().Message);
    }

    [Fact]
    public void Next_Warnings_AreInTheMessage()
    {
        _carto.Info = _carto.Info with { Warnings = ["Clients cannot be renamed.", "And more."] };

        Assert.Equal(
            "Connected as ana; warning: Clients cannot be renamed. And more.",
            Next(null, Connected()).Conditions!.Single().Message
        );
    }

    [Fact]
    public void Next_TokenNamesNobody_HasNoOwner()
    {
        _carto.Info = _carto.Info with { UserId = null, AccountId = null };

        var status = Next(null, Connected());

        Assert.Null(status.Owner);
        Assert.Equal("Connected", status.Conditions!.Single().Message);
    }

    [Fact]
    public void Next_AccountIsDeletedInUse_IsNoLongerReadyAndSaysWhoUsesIt()
    {
        var before = Next(null, Connected());

        var status = Next(before, Connected(), new InUseNote(AccountGoes: true, "it waits for etl"));

        Assert.Equal(
            [("Ready", "False", "InUse", "it waits for etl"), ("Reconciling", "True", "InUse", "it waits for etl")],
            status.Conditions!.Select(condition => (condition.Type, condition.Status, condition.Reason, condition.Message))
        );
        Assert.Equal(new AccountNews(EventType.Warning, "InUse", "it waits for etl"), Assert.Single(AccountReport.News(before, status)));
        Assert.Empty(AccountReport.News(status, Next(status, Connected(), new InUseNote(AccountGoes: true, "it waits for web"))));
    }

    [Fact]
    public void Next_SecretIsDeletedInUse_StaysReadyAndWarns()
    {
        var before = Next(null, Connected());

        var status = Next(before, Connected(), new InUseNote(AccountGoes: false, "Secret a/b is being deleted"));

        var ready = Assert.Single(status.Conditions!);
        Assert.Equal(("True", "InUse", "Connected as ana; Secret a/b is being deleted"), (ready.Status, ready.Reason, ready.Message));
        Assert.Equal(EventType.Warning, Assert.Single(AccountReport.News(before, status)).Type);
    }

    [Fact]
    public void Next_BrokenAndDeletedInUse_SaysBoth()
    {
        var broken = new AccountFinding.Broken(AccountProblem.ForPerson(Reasons.CredentialsRefused, "write others"));

        var status = Next(null, broken, new InUseNote(AccountGoes: true, "it waits for etl"));

        Assert.All(status.Conditions!, condition =>
            Assert.Equal(("CredentialsRefused", "write others; it waits for etl"), (condition.Reason, condition.Message))
        );
    }

    [Fact]
    public void Next_MoreThanTheServerTakes_IsCut()
    {
        var huge = new string('x', 10_000);
        _carto.Info = new CartoApiInfo(huge, huge, huge, huge, [.. Enumerable.Repeat(huge, 100)], false, null, [new string('w', 40_000)]);

        var status = Next(null, Connected());

        Assert.Equal((512, 512), (status.Owner!.UserId!.Length, status.Owner.AccountId!.Length));
        Assert.Equal((64, 1024, 64), (status.Api!.Kind.Length, status.Api.Server!.Length, status.Api.Tools!.Count));
        Assert.All(status.Api.Tools, line => Assert.Equal(4096, line.Length));
        Assert.Equal(32768, status.Conditions!.Single().Message.Length);
    }

    [Theory]
    [InlineData(true, "Stalled")]
    [InlineData(false, "Reconciling")]
    public void Next_Broken_KeepsWhatWasSeenAndSaysWhoActs(bool needsPerson, string type)
    {
        var before = Next(null, Connected());

        var status = Next(before, Broken(needsPerson));

        Assert.Equal((before.Owner, before.Api), (status.Owner, status.Api));
        Assert.Equal([("Ready", "False"), (type, "True")], status.Conditions!.Select(condition => (condition.Type, condition.Status)));
        Assert.All(status.Conditions!, condition => Assert.Equal(("Reason", "message"), (condition.Reason, condition.Message)));
    }

    [Fact]
    public void News_FirstLook_IsToldEitherWay()
    {
        Assert.Equal([(EventType.Normal, "Connected")], News(null, Next(null, Connected())));
        Assert.Equal([(EventType.Warning, "Reason")], News(null, Next(null, Broken(needsPerson: true))));
    }

    [Fact]
    public void News_NothingNew_IsNone()
    {
        var connected = Next(null, Connected());
        var broken = Next(null, Broken(needsPerson: true));

        Assert.Empty(News(connected, Next(connected, Connected())));
        Assert.Empty(News(broken, Next(broken, Broken(needsPerson: true))));
    }

    [Fact]
    public void News_BetterOrWorseOrForAnotherReason_IsTold()
    {
        var connected = Next(null, Connected());
        var broken = Next(connected, Broken(needsPerson: true));
        var worse = Next(broken, new AccountFinding.Broken(AccountProblem.ForPerson("Another", "message")));

        Assert.Equal([(EventType.Warning, "Reason")], News(connected, broken));
        Assert.Equal([(EventType.Warning, "Another")], News(broken, worse));
        Assert.Equal([(EventType.Normal, "Connected")], News(worse, Next(worse, Connected())));
    }

    [Fact]
    public void News_AnotherOwner_IsAWarning()
    {
        var before = Next(null, Connected());
        _carto.Info = _carto.Info with { UserId = "bea" };

        Assert.Equal([(EventType.Warning, Reasons.AccountOwnerChanged)], News(before, Next(before, Connected())));
    }

    private static (EventType Type, string Reason)[] News(AccountStatus? before, AccountStatus after) =>
        [.. AccountReport.News(before, after).Select(news => (news.Type, news.Reason))];

    private static AccountFinding.Broken Broken(bool needsPerson) =>
        new(new AccountProblem("Reason", "message", needsPerson, RetryAfter: null));

    private static AccountStatus Next(AccountStatus? before, AccountFinding finding, InUseNote? inUse = null) =>
        AccountReport.Next(
            new CartoAccount
            {
                Metadata = new V1ObjectMeta { Generation = 7 },
                Status = before,
            },
            finding,
            managedClients: 2,
            drift: null,
            inUse,
            Now
        );

    private AccountFinding.Connected Connected() =>
        new(
            new AccountAccess(_carto, _carto.Info, new AccountRecord(), loginClientId: null, "0a1b2c", TimeProvider.System),
            TimeSpan.FromMinutes(1)
        );
}
