namespace Operator.Contracts.Schema;

/// <summary>A CEL rule by which the API server validates the value. Only used to generate manifests, not at run time.</summary>
/// <param name="rule">The expression that must be true; <c>self</c> is the value, <c>oldSelf</c> the value before an update.</param>
/// <param name="message">For the author of an invalid object: what to write instead.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property, AllowMultiple = true)]
public sealed class RuleAttribute(string rule, string message) : Attribute
{
    public string Rule => rule;

    public string Message => message;

    /// <summary>
    /// The field below the value that the message refers to, for example <c>.spec.clientId</c>; null for the value itself.
    /// </summary>
    public string? FieldPath { get; init; }
}
