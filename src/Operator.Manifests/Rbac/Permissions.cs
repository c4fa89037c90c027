using Operator.Contracts;

namespace Operator.Manifests.Rbac;

/// <summary>Everything that the operator may do: nothing that it does not need.</summary>
internal static class Permissions
{
    /// <summary>In the namespaces that it looks at, and with what is in none.</summary>
    public static readonly IReadOnlyList<PermissionRule> All =
    [
        new(
            "Read the resources; set and remove finalizers.",
            WireNames.Group,
            [M2MOAuthClient.Plural, CartoAccount.Plural, ClusterCartoAccount.Plural],
            ["get", "list", "watch", "patch"]),
        new(
            "Report how they are doing.",
            WireNames.Group,
            [$"{M2MOAuthClient.Plural}/status", $"{CartoAccount.Plural}/status", $"{ClusterCartoAccount.Plural}/status"],
            ["patch"]),
        new(
            "Own the credentials Secrets: where the server checks it, blockOwnerDeletion needs this right on the owner.",
            WireNames.Group,
            [$"{M2MOAuthClient.Plural}/finalizers"],
            ["update"]),
        new(
            "Write credentials Secrets, read those of accounts, and keep them from being deleted before the last client is revoked (patch: a "
                + "finalizer and a label). Watched are the metadata of those that the operator labelled, which a role cannot express. Never "
                + "deleted here: the garbage collector does that.",
            "",
            ["secrets"],
            ["get", "list", "watch", "create", "update", "patch"]),
        new(
            "Read the certificates that an account's caBundle names, and keep them likewise.",
            "",
            ["configmaps"],
            ["get", "list", "watch", "patch"]),
        new(
            "Tell clusters apart by the uid of kube-system, and select namespaces by label for allowedNamespaces.",
            "",
            ["namespaces"],
            ["get", "list", "watch"]),
        new(
            "Restart the workloads that spec.rolloutRestart names.",
            "apps",
            ["deployments", "statefulsets", "daemonsets"],
            ["get", "list", "patch"]),
        new(
            "Tell people what happened.",
            "events.k8s.io",
            ["events"],
            ["create", "patch"]),
    ];

    /// <summary>In the namespace that it runs in.</summary>
    public static readonly IReadOnlyList<PermissionRule> AtHome =
    [
        new(
            "Agree with other replicas on which one of them leads.",
            "coordination.k8s.io",
            ["leases"],
            ["get", "list", "watch", "patch"])
        {
            Names = [WireNames.Lease],
        },
        new(
            "Begin the lease that is named above: a right to create cannot be tied to a name.",
            "coordination.k8s.io",
            ["leases"],
            ["create"]),
    ];
}
