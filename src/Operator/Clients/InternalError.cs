using Operator.Contracts;

namespace Operator.Clients;

/// <summary>Mistakes of the operator's own: they are logged as such, and the resource must not look as if all were well.</summary>
internal static class InternalError
{
    /// <summary>Whether an exception is one.</summary>
    public static bool Is(Exception exception) =>
        exception is (InvalidOperationException and not ObjectDisposedException) or ArgumentException or ArithmeticException or FormatException
            or NullReferenceException or IndexOutOfRangeException or KeyNotFoundException;

    /// <summary>What the resource says of it.</summary>
    public static Step.Wait EndOf(Exception exception) => new(
        Reasons.InternalError,
        $"the operator failed on this resource, which it should not: {exception.GetType().Name}; it tries again, and its log has the details to report");
}
