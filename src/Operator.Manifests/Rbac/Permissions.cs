using Operator.Contracts;

namespace Operator.Manifests.Rbac;

/// <summary>All permissions of the operator, limited to what it needs.</summary>
internal static class Permissions
{
    public static readonly IReadOnlyList<PermissionRule> All =
    [
        new(
            "Read the resources; set and remove finalizers.",
            Reach.Watched,
            WireNames.Group,
            [M2MOAuthClient.Plural, CartoAccount.Plural],
            ["get", "list", "watch", "patch"]
        ),
        new(
            "Report how they are doing.",
            Reach.Watched,
            WireNames.Group,
            [$"{M2MOAuthClient.Plural}/status", $"{CartoAccount.Plural}/status"],
            ["patch"]
        ),
        new(
            "The same for the accounts of the cluster.",
            Reach.Cluster,
            WireNames.Group,
            [ClusterCartoAccount.Plural],
            ["get", "list", "watch", "patch"]
        ),
        new("And for how they are doing.", Reach.Cluster, WireNames.Group, [$"{ClusterCartoAccount.Plural}/status"], ["patch"]),
        new(
            "Own the credentials Secrets: where the server checks it, blockOwnerDeletion needs this right on the owner.",
            Reach.Watched,
            WireNames.Group,
            [$"{M2MOAuthClient.Plural}/finalizers"],
            ["update"]
        ),
        new(
            "Write credentials Secrets, read those of accounts, and keep them from being deleted before the last client is revoked "
                + "(patch: a "
                + "finalizer and a label). Watched are the metadata of those that the operator labelled, which a role cannot express. "
                + "Never "
                + "deleted here: the garbage collector does that.",
            Reach.Watched,
            "",
            ["secrets"],
            ["get", "list", "watch", "create", "update", "patch"]
        ),
        new(
            "Read the certificates that an account's caBundle names, and keep them likewise.",
            Reach.Watched,
            "",
            ["configmaps"],
            ["get", "list", "watch", "patch"]
        ),
        new("Tell clusters apart by the uid of this namespace; not needed with --cluster-id.", Reach.Always, "", ["namespaces"], ["get"])
        {
            Names = ["kube-system"],
        },
        new("Select namespaces by label for allowedNamespaces.", Reach.Cluster, "", ["namespaces"], ["list", "watch"]),
        new(
            "Restart the workloads that spec.rolloutRestart names.",
            Reach.Watched,
            "apps",
            ["deployments", "statefulsets", "daemonsets"],
            ["get", "list", "patch"]
        ),
        new("Tell people what happened.", Reach.Watched, "events.k8s.io", ["events"], ["create", "patch"]),
        new(
            "Agree with other replicas on which one of them leads.",
            Reach.Home,
            "coordination.k8s.io",
            ["leases"],
            ["get", "list", "watch", "patch"]
        )
        {
            Names = [WireNames.Lease],
        },
        new(
            "Begin the lease that is named above: a right to create cannot be tied to a name.",
            Reach.Home,
            "coordination.k8s.io",
            ["leases"],
            ["create"]
        ),
    ];

    /// <summary>Permissions with one of these scopes, in list order.</summary>
    public static IEnumerable<PermissionRule> Of(params Reach[] reaches) => All.Where(rule => reaches.Contains(rule.Reach));
}
