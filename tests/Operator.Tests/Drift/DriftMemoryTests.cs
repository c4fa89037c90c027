using k8s.Models;
using Operator.Carto;
using Operator.Contracts;
using Operator.Drift;
using Operator.Runtime;

namespace Operator.Tests.Drift;

public sealed class DriftMemoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Left_AfterTheStart_IsAnInterval() =>
        Assert.InRange(Left(new AccountStatus()), TimeSpan.FromHours(1), TimeSpan.FromHours(1.1));

    [Theory]
    [InlineData("False", Reasons.MassDriftSuspected)]
    [InlineData("Unknown", Reasons.ComparisonFailed)]
    [InlineData("Unknown", Reasons.ComparisonIncomplete)]
    public void Left_AfterAStartWithSomethingLeftOpen_IsNothing(string status, string reason) =>
        Assert.Equal(
            TimeSpan.Zero,
            Left(
                new AccountStatus
                {
                    Conditions =
                    [
                        new V1Condition
                        {
                            Type = ConditionTypes.Synced,
                            Status = status,
                            Reason = reason,
                        },
                    ],
                }
            )
        );

    [Fact]
    public void Fail_ComparisonStaysDueAndNothingThatWasAskedForIsHandled()
    {
        var memory = new DriftMemory("uid", Start);
        var account = Account(new AccountStatus { LastHandledReconcileAt = "1", LastHandledAcceptDrift = "1" });
        account.Metadata.Annotations = new Dictionary<string, string>
        {
            [WireNames.Annotations.ReconcileRequestedAt] = "2",
            [WireNames.Annotations.AcceptDrift] = "2",
        };

        memory.Fail(account, Unreadable, suspected: false);

        Assert.Equal((null, Reasons.ComparisonFailed), (memory.Result!.Synced, memory.Result.Reason));
        Assert.Equal(("1", "1"), (memory.Result.HandledRequest, memory.Result.HandledAcceptance));
        Assert.Equal((TimeSpan.Zero, "2"), (memory.Left(account, owner: null, Start), memory.Acceptance(account)));
        Assert.Contains("holds no list of clients", memory.Result.Message, StringComparison.Ordinal);
        Assert.Contains("operator check", memory.Result.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Reasons.MassDriftSuspected, memory.Result.Message, StringComparison.Ordinal);

        memory.Fail(account, Unreadable, suspected: true);
        Assert.Contains(Reasons.MassDriftSuspected, memory.Result.Message, StringComparison.Ordinal);

        memory.Take(account, owner: null, Outcome, Start);
        Assert.Equal((true, "2", "2"), (memory.Result.Synced, memory.Result.HandledRequest, memory.Result.HandledAcceptance));
        Assert.InRange(memory.Left(account, owner: null, Start), TimeSpan.FromHours(1), TimeSpan.FromHours(1.1));
    }

    [Fact]
    public void Fail_NothingElseWasAskedFor_ComparisonStaysDue()
    {
        var memory = new DriftMemory("uid", Start);
        var account = Account(new AccountStatus());
        var due = Start + TimeSpan.FromHours(2);
        memory.Take(account, owner: null, Outcome with { Gap = "an entry has no ID." }, due);

        memory.Fail(account, Unreadable, suspected: false);

        Assert.Equal(TimeSpan.Zero, memory.Left(account, owner: null, due));
    }

    [Fact]
    public void Take_ListHasAGap_ComparisonStaysDueAndNothingIsAccepted()
    {
        var memory = new DriftMemory("uid", Start);
        var account = Account(new AccountStatus { LastHandledAcceptDrift = "1" });
        account.Metadata.Annotations = new Dictionary<string, string> { [WireNames.Annotations.AcceptDrift] = "2" };

        memory.Take(account, owner: null, Outcome with { Gap = "an entry has no ID.", Suspected = true }, Start);

        Assert.Equal((null, Reasons.ComparisonIncomplete), (memory.Result!.Synced, memory.Result.Reason));
        Assert.Contains("an entry has no ID. Compare", memory.Result.Message, StringComparison.Ordinal);
        Assert.Contains(Reasons.MassDriftSuspected, memory.Result.Message, StringComparison.Ordinal);
        Assert.Equal((TimeSpan.Zero, "2"), (memory.Left(account, owner: null, Start), memory.Acceptance(account)));
    }

    [Fact]
    public void Acceptance_StatusWasLost_TheOldAnnotationIsNoneAndANewOneIs()
    {
        var memory = new DriftMemory("uid", Start);
        var account = Account(new AccountStatus());
        account.Metadata.Annotations = new Dictionary<string, string> { [WireNames.Annotations.AcceptDrift] = "old" };

        Assert.Null(memory.Acceptance(account));
        memory.Take(account, owner: null, Outcome with { Many = true, Suspected = true }, Start);
        Assert.Equal((false, "old"), (memory.Result!.Synced, memory.Result.HandledAcceptance));

        account.Metadata.Annotations[WireNames.Annotations.AcceptDrift] = "new";
        Assert.Equal(("new", TimeSpan.Zero), (memory.Acceptance(account), memory.Left(account, owner: null, Start)));
    }

    private static CartoError Unreadable => new(CartoErrorKind.Transient, CartoStage.Api, "The answer to list holds no list of clients.");

    private static DriftOutcome Outcome =>
        new(Managed: 1, [], Many: false, Suspected: false, Unowned: 0, Gap: null, new Dictionary<ObjectKey, DriftFinding>(), []);

    private static TimeSpan Left(AccountStatus status) => new DriftMemory("uid", Start).Left(Account(status), owner: null, Start);

    private static CartoAccount Account(AccountStatus status) =>
        new()
        {
            Metadata = new V1ObjectMeta { Name = "main", Uid = "uid" },
            Spec = new AccountSpec { DriftCheckInterval = "1h" },
            Status = status,
        };
}
