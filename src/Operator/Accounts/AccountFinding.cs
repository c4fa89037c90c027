using Operator.Access;
using Operator.Runtime;

namespace Operator.Accounts;

/// <summary>What a look at an account came to.</summary>
internal abstract record AccountFinding
{
    private AccountFinding()
    {
    }

    /// <summary>What it means for the next look.</summary>
    public abstract ReconcileResult Outcome { get; }

    /// <summary>It works.</summary>
    /// <param name="Access">The way in.</param>
    /// <param name="RequeueAfter">When to look again although nothing changed.</param>
    public sealed record Connected(AccountAccess Access, TimeSpan RequeueAfter) : AccountFinding
    {
        public override ReconcileResult Outcome => new Settled(RequeueAfter);
    }

    /// <summary>It does not work.</summary>
    public sealed record Broken(AccountProblem Problem) : AccountFinding
    {
        public override ReconcileResult Outcome => Problem.NeedsPerson
            ? new Stalled(Problem.Reason, Problem.Message)
            : new Waiting(Problem.Reason, Problem.RetryAfter);
    }
}
