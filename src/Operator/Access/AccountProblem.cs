namespace Operator.Access;

/// <summary>Why an account cannot be used.</summary>
/// <param name="Reason">One of the reasons of an account in <see cref="Contracts.Reasons"/>.</param>
/// <param name="Message">For people: which field, what is wrong with it and what to do. Stable while the problem lasts.</param>
/// <param name="NeedsPerson">A person must change something; otherwise it may resolve by itself.</param>
/// <param name="RetryAfter">Earliest time until the next try, such as CARTO's Retry-After; null for the usual backoff.</param>
internal sealed record AccountProblem(string Reason, string Message, bool NeedsPerson, TimeSpan? RetryAfter)
{
    /// <summary>A problem that needs a person to change something.</summary>
    public static AccountProblem ForPerson(string reason, string message, TimeSpan? retryAfter = null) =>
        new(reason, message, NeedsPerson: true, retryAfter);

    /// <summary>A problem that may resolve by itself.</summary>
    public static AccountProblem ForNow(string reason, string message, TimeSpan? retryAfter) =>
        new(reason, message, NeedsPerson: false, retryAfter);
}

/// <summary>Thrown when an account cannot be used.</summary>
internal sealed class AccountException(AccountProblem problem, Exception? innerException = null)
    : Exception(problem.Message, innerException)
{
    public AccountProblem Problem => problem;
}
