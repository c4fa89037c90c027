namespace Operator.Manifests.Rbac;

/// <summary>A permission of the operator and its reason.</summary>
/// <param name="Why">Reason, for reviewers of the role.</param>
/// <param name="Reach">Its scope.</param>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Resources">Resources and subresources.</param>
/// <param name="Verbs">Allowed verbs.</param>
internal sealed record PermissionRule(string Why, Reach Reach, string Group, string[] Resources, string[] Verbs)
{
    /// <summary>Names of the only allowed objects; empty for all.</summary>
    public string[] Names { get; init; } = [];
}

/// <summary>Scope of a permission.</summary>
internal enum Reach
{
    /// <summary>In each watched namespace: all of them, or those configured.</summary>
    Watched,

    /// <summary>Cluster-wide, only if it watches all namespaces.</summary>
    Cluster,

    /// <summary>Cluster-wide, even if it only watches some namespaces.</summary>
    Always,

    /// <summary>In its own namespace.</summary>
    Home,
}
