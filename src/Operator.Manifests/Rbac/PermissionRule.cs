namespace Operator.Manifests.Rbac;

/// <summary>What the operator may do, and why it must.</summary>
/// <param name="Why">For the person who reviews the role.</param>
/// <param name="Reach">Where it may.</param>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Resources">Resources and subresources.</param>
/// <param name="Verbs">What it may do with them.</param>
internal sealed record PermissionRule(string Why, Reach Reach, string Group, string[] Resources, string[] Verbs)
{
    /// <summary>The only objects that it is about; empty for all.</summary>
    public string[] Names { get; init; } = [];
}

/// <summary>Where the operator may do something.</summary>
internal enum Reach
{
    /// <summary>In each namespace that it looks at: in all of them, or in those that it was told to look at.</summary>
    Watched,

    /// <summary>In the cluster, and only when it looks at all namespaces.</summary>
    Cluster,

    /// <summary>In the cluster, also when it looks at some namespaces alone.</summary>
    Always,

    /// <summary>In the namespace that it runs in.</summary>
    Home,
}
