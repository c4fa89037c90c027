namespace Operator.Manifests.Rbac;

/// <summary>What the operator may do, and why it must.</summary>
/// <param name="Why">For the person who reviews the role.</param>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Resources">Resources and subresources.</param>
/// <param name="Verbs">What it may do with them.</param>
internal sealed record PermissionRule(string Why, string Group, string[] Resources, string[] Verbs)
{
    /// <summary>The only objects that it may do it with; empty: all of them.</summary>
    public string[] Names { get; init; } = [];
}
