namespace Operator.Contracts.Schema;

/// <summary>
/// A rule that the API server checks of the value, in the Common Expression Language. Read when the manifests are generated; does
/// nothing at run time.
/// </summary>
/// <param name="rule">The expression that holds; <c>self</c> is the value, <c>oldSelf</c> what it was before an update.</param>
/// <param name="message">For the person whose object breaks the rule: what to write instead.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property, AllowMultiple = true)]
public sealed class RuleAttribute(string rule, string message) : Attribute
{
    public string Rule => rule;

    public string Message => message;

    /// <summary>Which field below the value the message is about, for example <c>.spec.clientId</c>; null: the value itself.</summary>
    public string? FieldPath { get; init; }
}
