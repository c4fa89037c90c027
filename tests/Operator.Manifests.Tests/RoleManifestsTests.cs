using Operator.Manifests.Rbac;

namespace Operator.Manifests.Tests;

public sealed class RoleManifestsTests
{
    [Fact]
    public void ClusterRole_EachRule_HasItsReasonAboveIt()
    {
        PermissionRule[] permissions =
        [
            new("Read.", Reach.Watched, "apps", ["deployments"], ["get", "list"]),
            new(string.Join(' ', Enumerable.Repeat("because", 20)), Reach.Watched, "", ["secrets"], ["create"]),
        ];

        Assert.Equal(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: carto-operator
            rules:
            # Read.
            - apiGroups: [apps]
              resources: [deployments]
              verbs: [get, list]
            # because because because because because because because because because because because because because because
            # because because because because because because
            - apiGroups: ['']
              resources: [secrets]
              verbs: [create]

            """,
            RoleManifests.ClusterRole(permissions)
        );
    }

    [Fact]
    public void Role_RuleForCertainObjects_NamesThem() =>
        Assert.Equal(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata:
              name: carto-operator
              namespace: carto-operator
            rules:
            # Lead.
            - apiGroups: [coordination.k8s.io]
              resources: [leases]
              resourceNames: [carto-operator]
              verbs: [get]

            """,
            RoleManifests.Role([new("Lead.", Reach.Home, "coordination.k8s.io", ["leases"], ["get"]) { Names = ["carto-operator"] }])
        );

    /// <summary>A person reviews a role that grows: this test fails first.</summary>
    [Fact]
    public void Permissions_OnWhatIsNotOurs_AreThese()
    {
        var granted = Permissions
            .All.Where(permission => permission.Group != Contracts.WireNames.Group)
            .SelectMany(permission =>
                permission.Resources.Select(resource =>
                    $"{string.Join('/', [resource, .. permission.Names])}: {string.Join(' ', permission.Verbs)}"
                )
            );

        Assert.Equal(
            [
                "secrets: get list watch create update patch",
                "configmaps: get list watch patch",
                "namespaces/kube-system: get",
                "namespaces: list watch",
                "deployments: get list patch",
                "statefulsets: get list patch",
                "daemonsets: get list patch",
                "events: create patch",
                "leases/carto-operator: get list watch patch",
                "leases: create",
            ],
            granted
        );
    }

    [Fact]
    public void Permissions_NothingIsGrantedByWildcard() =>
        Assert.All(Permissions.All, permission =>
            Assert.DoesNotContain("*", permission.Resources.Concat(permission.Verbs).Append(permission.Group))
        );

    /// <summary>What a role gives that is bound in some namespaces alone must be in namespaces.</summary>
    [Fact]
    public void Permissions_InWatchedNamespaces_AreAboutNothingOfTheCluster() =>
        Assert.DoesNotContain(Permissions.Of(Reach.Watched).SelectMany(permission => permission.Resources), resource =>
            resource.Split('/')[0] is Contracts.ClusterCartoAccount.Plural or "namespaces"
        );

    [Fact]
    public void Of_EveryReach_IsEveryRule() => Assert.Equal(Permissions.All, Permissions.Of(Enum.GetValues<Reach>()));
}
