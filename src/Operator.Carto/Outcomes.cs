namespace Operator.Carto;

/// <summary>How metrics and logs call the end of a call.</summary>
internal static class Outcomes
{
    public const string Ok = "ok";

    public const string Cancelled = "cancelled";

    /// <summary>The kind of a failure, in small letters.</summary>
    public static string Of(Exception exception) => exception switch
    {
        CartoException { Error.Kind: var kind } => kind.ToString().ToLowerInvariant(),
        OperationCanceledException => Cancelled,
        _ => "failed",
    };
}
