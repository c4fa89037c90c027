using Operator.Access;
using Operator.Runtime;

namespace Operator.Accounts;

/// <summary>Result of probing an account.</summary>
internal abstract record AccountFinding
{
    private AccountFinding() { }

    /// <summary>When to reconcile next.</summary>
    public abstract ReconcileResult Outcome { get; }

    /// <summary>It works.</summary>
    /// <param name="Access">Access to the account.</param>
    /// <param name="RequeueAfter">When to requeue even if nothing changes.</param>
    public sealed record Connected(AccountAccess Access, TimeSpan RequeueAfter) : AccountFinding
    {
        public override ReconcileResult Outcome => new Settled(RequeueAfter);
    }

    /// <summary>It does not work.</summary>
    public sealed record Broken(AccountProblem Problem) : AccountFinding
    {
        public override ReconcileResult Outcome =>
            Problem is { NeedsPerson: true, RetryAfter: null }
                ? new Stalled(Problem.Reason, Problem.Message)
                : new Waiting(Problem.Reason, Problem.RetryAfter);
    }
}
