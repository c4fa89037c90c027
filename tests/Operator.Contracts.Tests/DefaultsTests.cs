using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.TestKit;

namespace Operator.Contracts.Tests;

/// <summary>What the server fills in.</summary>
public sealed class DefaultsTests(KubernetesServer server)
{
    private readonly ResourceApi _api = new(server);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "{accountRef: {kind: ClusterCartoAccount, name: default}, verify: true, suspend: false}")]
    [InlineData("accountRef: {name: main}", "{accountRef: {kind: ClusterCartoAccount, name: main}, verify: true, suspend: false}")]
    [InlineData("accountRef: {kind: CartoAccount}", "{accountRef: {kind: CartoAccount, name: default}, verify: true, suspend: false}")]
    [InlineData(
        "{secret: {keys: {clientId: ID}}, rotation: {every: 90d}}",
        """
            accountRef: {kind: ClusterCartoAccount, name: default}
            verify: true
            suspend: false
            rotation: {every: 90d, overlap: 24h}
            secret:
              keys:
                clientId: ID
                clientSecret: CARTO_CLIENT_SECRET
                apiBaseUrl: CARTO_API_BASE_URL
                tokenUrl: CARTO_TOKEN_URL
                audience: CARTO_AUDIENCE
            """
    )]
    public async Task Client_WhatIsLeftOut_HasItsDefault(string spec, string expected) =>
        await AssertSpecAsync(Resources.Create(M2MOAuthClient.KubeKind, spec), expected);

    [Fact]
    public async Task Client_WithoutSpec_HasAllDefaults()
    {
        var resource = Resources.Create(M2MOAuthClient.KubeKind, "");
        resource.Remove("spec");

        await AssertSpecAsync(resource, "{accountRef: {kind: ClusterCartoAccount, name: default}, verify: true, suspend: false}");
    }

    [Theory]
    [InlineData(
        "auth: {clientCredentials: {secretRef: {name: a}}}",
        "clientCredentials: {secretRef: {name: a}, clientIdKey: CARTO_CLIENT_ID, clientSecretKey: CARTO_CLIENT_SECRET}"
    )]
    [InlineData("auth: {accessToken: {secretRef: {name: a}}}", "accessToken: {secretRef: {name: a}, key: token}")]
    [InlineData(
        "auth: {refreshToken: {secretRef: {name: a}}}",
        "refreshToken: {secretRef: {name: a}, clientIdKey: clientId, refreshTokenKey: refreshToken}"
    )]
    public async Task Account_WhatIsLeftOut_HasItsDefault(string spec, string credentials) =>
        await AssertSpecAsync(
            Resources.Create(CartoAccount.KubeKind, spec),
            $$"""
            apiBaseUrl: https://gcp-us-east1.api.carto.com
            auth: {tokenUrl: https://auth.carto.com/oauth/token, audience: carto-cloud-native-api, {{credentials}}}
            requestsPerSecond: 2
            driftCheckInterval: 1h
            """
        );

    [Fact]
    public async Task Account_KeyOfACaBundle_HasItsDefault() =>
        await AssertSpecAsync(
            Resources.Create(CartoAccount.KubeKind, "caBundle: {configMapRef: {name: a}}"),
            """
            apiBaseUrl: https://gcp-us-east1.api.carto.com
            auth:
              tokenUrl: https://auth.carto.com/oauth/token
              audience: carto-cloud-native-api
              accessToken: {secretRef: {name: token}, key: token}
            caBundle: {configMapRef: {name: a, key: ca.crt}}
            requestsPerSecond: 2
            driftCheckInterval: 1h
            """
        );

    /// <summary>
    /// Who waits for it waits for the operator, although that has not said anything yet: kstatus, kubectl wait, a person.
    /// </summary>
    [Theory]
    [InlineData(M2MOAuthClient.KubeKind)]
    [InlineData(CartoAccount.KubeKind)]
    [InlineData(ClusterCartoAccount.KubeKind)]
    public async Task Status_OperatorHasNotSeenIt_ReportsIt(string kind)
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);

        var served = (await _api.TryCreateAsync(Resources.Create(kind, ""), "default", CancellationToken)).EnsureSuccess();

        var status = served["status"]!;
        Assert.NotEqual((long)served["metadata"]!["generation"]!, (long)status["observedGeneration"]!);
        var ready = Assert.Single(status["conditions"]!.AsArray())!;
        Assert.Equal(("Ready", "Unknown", "Pending"), ((string)ready["type"]!, (string)ready["status"]!, (string)ready["reason"]!));
    }

    /// <summary>An object that never was on a server, in a test for example, means the same as one that was.</summary>
    [Fact]
    public async Task Defaults_OfTheServer_AreThoseOfTheTypes()
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);

        var served = (
            await _api.TryCreateAsync(Resources.Create(M2MOAuthClient.KubeKind, ""), "default", CancellationToken)
        ).EnsureSuccess();

        var ofTheTypes = JsonSerializer.SerializeToNode(new M2MOAuthClientSpec(), ContractsJsonContext.Default.M2MOAuthClientSpec);
        Assert.True(JsonNode.DeepEquals(ofTheTypes, served["spec"]), served["spec"]!.ToJsonString());
    }

    private async Task AssertSpecAsync(JsonObject resource, string expected)
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);

        var served = (await _api.TryCreateAsync(resource, "default", CancellationToken)).EnsureSuccess();

        Assert.True(JsonNode.DeepEquals(Yaml.Parse(expected)[0], served["spec"]), served["spec"]!.ToJsonString());
    }
}
