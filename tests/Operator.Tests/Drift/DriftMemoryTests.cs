using k8s.Models;
using Operator.Contracts;
using Operator.Drift;

namespace Operator.Tests.Drift;

public sealed class DriftMemoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Left_AfterTheStart_IsAnInterval() =>
        Assert.InRange(Left(new AccountStatus()), TimeSpan.FromHours(1), TimeSpan.FromHours(1.1));

    [Fact]
    public void Left_AfterAStartInTheMiddleOfAMassDrift_IsNothing() => Assert.Equal(
        TimeSpan.Zero,
        Left(new AccountStatus
        {
            Conditions = [new V1Condition { Type = ConditionTypes.Synced, Status = "False", Reason = Reasons.MassDriftSuspected }],
        }));

    private static TimeSpan Left(AccountStatus status) => new DriftMemory("uid", Start).Left(
        new CartoAccount
        {
            Metadata = new V1ObjectMeta { Name = "main", Uid = "uid" },
            Spec = new AccountSpec { DriftCheckInterval = "1h" },
            Status = status,
        },
        owner: null,
        Start);
}
