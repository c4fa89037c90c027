namespace Operator.Access;

/// <summary>Why an account cannot be used.</summary>
/// <param name="Reason">One of the reasons of an account in <see cref="Contracts.Reasons"/>.</param>
/// <param name="Message">For people: which field, what is wrong with it and what to do. The same for as long as the problem is.</param>
/// <param name="NeedsPerson">Somebody must change something; else it may go away by itself.</param>
/// <param name="RetryAfter">How long CARTO asked to be left alone; null when it did not.</param>
internal sealed record AccountProblem(string Reason, string Message, bool NeedsPerson, TimeSpan? RetryAfter)
{
    /// <summary>A problem that stays until somebody changes something.</summary>
    public static AccountProblem ForPerson(string reason, string message) => new(reason, message, NeedsPerson: true, RetryAfter: null);

    /// <summary>A problem that may go away by itself.</summary>
    public static AccountProblem ForNow(string reason, string message, TimeSpan? retryAfter) =>
        new(reason, message, NeedsPerson: false, retryAfter);
}

/// <summary>Ends a look at an account that cannot be used.</summary>
internal sealed class AccountException(AccountProblem problem, Exception? innerException = null) : Exception(problem.Message, innerException)
{
    public AccountProblem Problem => problem;
}
