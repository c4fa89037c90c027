using Operator.Contracts;

namespace Operator.Clients;

/// <summary>Bugs in the operator: they are logged as such, and the resource must not look healthy.</summary>
internal static class InternalError
{
    /// <summary>Whether an exception is one.</summary>
    public static bool Is(Exception exception) =>
        exception
            is (InvalidOperationException and not ObjectDisposedException)
                or ArgumentException
                or ArithmeticException
                or FormatException
                or NullReferenceException
                or IndexOutOfRangeException
                or KeyNotFoundException;

    /// <summary>What the resource reports.</summary>
    public static Step.Wait EndOf(Exception exception) =>
        new(
            Reasons.InternalError,
            $"a bug of the operator stopped work on this resource ({exception.GetType().Name}); it is retried, and the log of the "
                + "operator has the details to report"
        );
}
