using Operator.Accounts;
using Operator.Carto;

namespace Operator.Tests.FirstContact;

/// <summary>Whatever can be wrong with an account is in its table of docs/operations.md.</summary>
public sealed class RunbookTests
{
    public static TheoryData<CartoErrorKind, CartoStage> Failures =>
        new MatrixTheoryData<CartoErrorKind, CartoStage>(Enum.GetValues<CartoErrorKind>(), Enum.GetValues<CartoStage>());

    [Theory]
    [MemberData(nameof(Failures))]
    public void Failure_OfAnyKind_IsInTheRunbook(CartoErrorKind kind, CartoStage stage) =>
        Runbook.AssertHas(CartoProblems.Of(new CartoError(kind, stage, "It failed."), "The credentials are in a Secret.").Reason);
}
