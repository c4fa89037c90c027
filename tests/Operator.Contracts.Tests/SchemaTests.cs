using System.Text.Json.Nodes;
using Operator.TestKit;

namespace Operator.Contracts.Tests;

/// <summary>The definitions as the API server took them.</summary>
public sealed class SchemaTests(KubernetesServer server)
{
    private readonly ResourceApi _api = new(server);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public static TheoryData<string> Kinds() => [M2MOAuthClient.Plural, CartoAccount.Plural, ClusterCartoAccount.Plural];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Definition_IsStructuralAndEstablished(string plural)
    {
        var definition = await GetDefinitionAsync(plural);

        var conditions = definition["status"]!["conditions"]!
            .AsArray()
            .ToDictionary(each => (string)each!["type"]!, each => (string)each!["status"]!);
        Assert.Equal("True", conditions["Established"]);
        Assert.Equal("True", conditions["NamesAccepted"]);
        Assert.DoesNotContain("NonStructuralSchema", conditions.Keys);
        Assert.DoesNotContain("KubernetesAPIApprovalPolicyConformant", conditions.Keys);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task EveryField_HasADescription(string plural)
    {
        var definition = await GetDefinitionAsync(plural);

        var silent = Schema
            .Of(definition)
            .Walk()
            .SelectMany(node => node.Fields)
            .Where(each => each.Path != "metadata" && string.IsNullOrWhiteSpace((string?)each.Json["description"]))
            .Select(each => each.Path);

        Assert.Empty(silent);
    }

    /// <summary>What has no bound costs the server without limit, and rules about it are refused.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task EveryTextListAndMap_IsBounded(string plural)
    {
        var definition = await GetDefinitionAsync(plural);

        var unbounded = Schema
            .Of(definition)
            .Walk()
            .Where(node =>
                node.Path.StartsWith("spec", StringComparison.Ordinal) || node.Path.StartsWith("status", StringComparison.Ordinal)
            )
            .Where(node =>
                (string?)node.Json["type"] switch
                {
                    "string" => node.Json["maxLength"] is null && node.Json["enum"] is null && node.Json["format"] is null,
                    "array" => node.Json["maxItems"] is null,
                    "object" => node.Json["additionalProperties"] is not null && node.Json["maxProperties"] is null,
                    _ => false,
                }
            )
            .Select(node => node.Path);

        Assert.Empty(unbounded);
    }

    /// <summary>The status is shown to everybody who may read the resource: it has no field that a secret could be in.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Status_HasOnlyKnownFields(string plural)
    {
        var definition = await GetDefinitionAsync(plural);

        var fields = Schema
            .Of(definition)
            .Fields.Single(each => each.Path == "status")
            .Fields.Select(each => each.Path["status.".Length..]);

        Assert.Equal(
            plural == M2MOAuthClient.Plural
                ?
                [
                    "account",
                    "clientId",
                    "conditions",
                    "current",
                    "displayName",
                    "lastHandledReconcileAt",
                    "lastHandledRotateAt",
                    "lastRotationTime",
                    "nextRotationTime",
                    "observedGeneration",
                    "pending",
                    "resourceUid",
                    "restartedFor",
                    "restarts",
                    "retiring",
                    "secretName",
                    "secretResourceVersion",
                ]
                :
                [
                    "api",
                    "conditions",
                    "lastHandledAcceptDrift",
                    "lastHandledReconcileAt",
                    "managedClients",
                    "observedGeneration",
                    "owner",
                ],
            fields.Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("m2m.spec.rotation", "When the pair is replaced by a new one.", "overlap\t<string>")]
    [InlineData(
        "m2m.spec.rolloutRestart.selector.matchExpressions.operator",
        "ENUM:\n    In\n    NotIn",
        "How the label relates to the values."
    )]
    [InlineData("m2m.status.conditions", "How the resource is doing", "lastTransitionTime\t<string> -required-")]
    [InlineData("cacc.spec.auth.clientCredentials.secretRef", "The Secret that holds the credentials.", "name\t<string> -required-")]
    [InlineData("ccacc.spec.auth.clientCredentials.secretRef", "The Secret that holds the credentials.", "namespace\t<string> -required-")]
    [InlineData("ccacc.spec.allowedNamespaces", "Namespaces that may use this account", "selector\t<Object>")]
    public async Task Explain_AtEveryLevel_SaysWhatItIs(string path, string first, string second)
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);

        // The server publishes new schemas for explain a moment after it serves them.
        await Eventually.AssertAsync(
            async token =>
            {
                var explained = (await server.Kubectl.RunAsync(["explain", path], token)).EnsureSuccess().Output;
                Assert.Contains(first, explained, StringComparison.Ordinal);
                Assert.Contains(second, explained, StringComparison.Ordinal);
            },
            CancellationToken
        );
    }

    private async Task<JsonObject> GetDefinitionAsync(string plural)
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);
        return await _api.GetDefinitionAsync(plural, CancellationToken);
    }
}
