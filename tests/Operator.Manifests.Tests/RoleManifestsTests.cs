using Operator.Manifests.Rbac;

namespace Operator.Manifests.Tests;

public sealed class RoleManifestsTests
{
    [Fact]
    public void ClusterRole_EachRule_HasItsReasonAboveIt()
    {
        PermissionRule[] permissions =
        [
            new("Read.", "apps", ["deployments"], ["get", "list"]),
            new(string.Join(' ', Enumerable.Repeat("because", 20)), "", ["secrets"], ["create"]),
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
            RoleManifests.ClusterRole(permissions));
    }

    /// <summary>A role that grows is looked at by a person: this test fails first.</summary>
    [Fact]
    public void Permissions_OnWhatIsNotOurs_AreThese()
    {
        var granted = Permissions.All
            .Where(permission => permission.Group != Contracts.WireNames.Group)
            .SelectMany(permission => permission.Resources.Select(resource => $"{resource}: {string.Join(' ', permission.Verbs)}"));

        Assert.Equal(
            [
                "secrets: get list watch create update", "configmaps: get list watch", "namespaces: get list watch",
                "deployments: get list patch", "statefulsets: get list patch", "daemonsets: get list patch", "events: create patch",
            ],
            granted);
    }

    [Fact]
    public void Permissions_NothingIsGrantedByWildcard() =>
        Assert.All(Permissions.All, permission => Assert.DoesNotContain("*", permission.Resources.Concat(permission.Verbs).Append(permission.Group)));
}
