namespace Operator.Carto;

/// <summary>Outcomes of calls in metrics and logs.</summary>
internal static class Outcomes
{
    public const string Ok = "ok";

    public const string Cancelled = "cancelled";

    /// <summary>The kind of a failure, in lower case.</summary>
    public static string Of(Exception exception) =>
        exception switch
        {
            CartoException { Error.Kind: var kind } => kind.ToString().ToLowerInvariant(),
            OperationCanceledException => Cancelled,
            _ => "failed",
        };
}
