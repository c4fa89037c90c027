using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Operator.TestKit;

namespace Operator.Contracts.Tests;

/// <summary>From a person's YAML through the server and the C# types and back, nothing is lost.</summary>
public sealed class RoundTripTests(KubernetesServer server)
{
    private readonly ResourceApi _api = new(server);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private const string Selector = "{matchLabels: {a: b}, matchExpressions: [{key: c, operator: In, values: [d, e]}]}";

    private const string Conditions =
        "[{type: Ready, status: 'True', reason: Available, message: All is well, observedGeneration: 1, lastTransitionTime: "
        + "'2026-11-20T10:11:12Z'}]";

    private const string ClientSpec = $$"""
        displayName: ETL service ☂
        accountRef: {kind: CartoAccount, name: main}
        clientId: adopted
        clientSecretRef: {name: by-hand, key: secret}
        secret:
          name: etl-carto
          type: example.com/carto
          labels: {team: etl}
          annotations: {example.com/contact: "etl@example.com, or\nsomebody"}
          keys: {clientId: A, clientSecret: B, apiBaseUrl: C, tokenUrl: D, audience: E}
          credentialsFile: carto_credentials.json
          template: {F: 'id={% clientId %}'}
        rotation: {schedule: 0 3 * * 0, timeZone: Europe/Madrid, overlap: 2d}
        rolloutRestart: [{kind: StatefulSet, name: a}, {kind: DaemonSet, selector: {{Selector}} }]
        deletionPolicy: Retain
        verify: false
        suspend: true
        """;

    private const string ClientStatus = $$"""
        observedGeneration: 1
        conditions: {{Conditions}}
        clientId: c2
        displayName: 'ETL service [k8s:1a2b3c:0123456789ab-2]'
        resourceUid: 11111111-2222-3333-4444-555555555555
        secretName: etl-carto
        secretResourceVersion: '4711'
        account: {kind: CartoAccount, name: main, uid: 2d9b, userId: auth0|1, accountId: ac_1}
        current: {clientId: c2, serial: 2, createdAt: '2026-11-20T10:11:12Z'}
        pending: {serial: 3, since: '2026-11-21T00:00:00Z', overlap: 24h, account: {kind: ClusterCartoAccount, name: new, uid: 3e0c, userId: auth0|2, accountId: ac_2} }
        restartedFor: def
        restarts: {clientId: c2, done: [Deployment/web, DaemonSet/agent]}
        retiring: [{clientId: c1, revokeAfter: '2026-11-22T10:11:12Z', account: {kind: CartoAccount, name: old, uid: 1f2a, userId: auth0|3, accountId: ac_3} }]
        lastRotationTime: '2026-11-20T10:11:12Z'
        nextRotationTime: '2026-11-22T03:00:00Z'
        lastHandledReconcileAt: now
        lastHandledRotateAt: '2026-11-20'
        """;

    private const string Operation = "{tool: t, arguments: {a: b}, nameArgument: title, idArgument: id}";
    private const string Answers = "{list: apps, id: key, secret: s, name: n, createdAt: at, type: kind, m2mType: m2m}";

    private const string AccountSpec = $$"""
        apiBaseUrl: https://carto.example.com/api
        auth:
          tokenUrl: https://carto.example.com/auth-api/oauth/token
          audience: audience
          clientCredentials: {secretRef: {name: login}, clientIdKey: id, clientSecretKey: secret}
        mcp:
          url: https://carto.example.com/api/mcp/ac_1
          operations:
            create: {{Operation}}
            list: {{Operation}}
            get: {{Operation}}
            rename: {{Operation}}
            delete: {{Operation}}
          answers: {{Answers}}
        caBundle: {configMapRef: {name: ca, key: ca.pem} }
        requestsPerSecond: 7
        driftCheckInterval: 30m
        """;

    private const string ClusterAccountSpec = $$"""
        {{AccountSpec}}
        allowedNamespaces: {names: [etl, maps], selector: {{Selector}} }
        adoption: {clientIds: [aB3], names: ['ETL *', "Café (old)"]}
        """;

    private const string AccountStatus = $$"""
        observedGeneration: 1
        conditions: {{Conditions}}
        owner: {userId: auth0|1, accountId: ac_1}
        api: {kind: MCP, url: 'https://carto.example.com/api/mcp/ac_1', server: carto 1.2.3, tools: ['create: manage_oauth_clients(method=create, title)']}
        managedClients: 12
        lastHandledReconcileAt: now
        lastHandledAcceptDrift: '1'
        """;

    /// <summary>A status that says nothing but that it takes the place of the server's.</summary>
    private const string Seen = "{observedGeneration: 1, conditions: []}";

    /// <summary>Fields of which a valid object can have only one.</summary>
    private static readonly string[] Alternatives =
    [
        "spec.rotation.every",
        "spec.auth.accessToken",
        "spec.auth.refreshToken",
        "spec.caBundle.secretRef",
        "spec.http",
    ];

    [Fact]
    public Task Client_WithEveryField_IsUnchanged() =>
        AssertUnchangedAsync(M2MOAuthClient.KubeKind, ClientSpec, ClientStatus, ContractsJsonContext.Default.M2MOAuthClient);

    [Fact]
    public Task Account_WithHttpApi_IsUnchanged() =>
        AssertUnchangedAsync(
            CartoAccount.KubeKind,
            $$"""
            apiBaseUrl: https://carto.example.com/api
            auth: {accessToken: {secretRef: {name: token} } }
            http:
              baseUrl: https://accounts.example.com
              operations:
                create: {method: POST, path: /clients, body: '{"name": "${name}"}'}
                list: {method: GET, path: '/clients?type=m2m'}
                get: {method: GET, path: '/clients/${id}'}
                rename: {method: PATCH, path: '/clients/${id}', body: '{"name": "${name}"}'}
                delete: {method: DELETE, path: '/clients/${id}'}
              paging: {parameter: page, by: Page, first: 0}
              answers: {{Answers}}
            """,
            Seen,
            ContractsJsonContext.Default.CartoAccount,
            everyField: false
        );

    [Fact]
    public Task Account_WithEveryField_IsUnchanged() =>
        AssertUnchangedAsync(CartoAccount.KubeKind, AccountSpec, AccountStatus, ContractsJsonContext.Default.CartoAccount);

    [Fact]
    public Task ClusterAccount_WithEveryField_IsUnchanged() =>
        AssertUnchangedAsync(
            ClusterCartoAccount.KubeKind,
            ClusterAccountSpec,
            AccountStatus,
            ContractsJsonContext.Default.ClusterCartoAccount
        );

    [Theory]
    [InlineData("auth: {accessToken: {secretRef: {name: a}, key: b}}")]
    [InlineData("auth: {refreshToken: {secretRef: {name: a}, clientIdKey: b, refreshTokenKey: c}}")]
    [InlineData("caBundle: {secretRef: {name: a, key: b}}")]
    public Task ClusterAccount_WithAlternatives_IsUnchanged(string spec) =>
        AssertUnchangedAsync(ClusterCartoAccount.KubeKind, spec, Seen, ContractsJsonContext.Default.ClusterCartoAccount, everyField: false);

    [Fact]
    public Task Client_WithAlternatives_IsUnchanged() =>
        AssertUnchangedAsync(
            M2MOAuthClient.KubeKind,
            "rotation: {every: 90d}",
            Seen,
            ContractsJsonContext.Default.M2MOAuthClient,
            everyField: false
        );

    private async Task AssertUnchangedAsync<T>(string kind, string spec, string status, JsonTypeInfo<T> type, bool everyField = true)
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);
        await using var @namespace = await TestNamespace.CreateAsync(server, CancellationToken);
        var sent = Resources.Create(kind, spec, name: @namespace.Name);
        sent["metadata"]!["labels"] = new JsonObject { ["a"] = "b" };
        sent["metadata"]!["annotations"] = new JsonObject { ["c"] = "d" };
        sent["metadata"]!["finalizers"] = new JsonArray(WireNames.Finalizer);
        sent["status"] = Yaml.Parse(status)[0];

        await _api.CreateAsync(sent, @namespace.Name, CancellationToken);
        var patch = new JsonObject { ["status"] = sent["status"]!.DeepClone() };
        var served = (await _api.PatchAsync(sent, @namespace.Name, patch, CancellationToken, "status")).EnsureSuccess();
        var back = JsonSerializer.SerializeToNode(JsonSerializer.Deserialize(served, type)!, type)!.AsObject();

        AssertEqual(sent["spec"]!, WithoutDefaults(served["spec"]!, sent["spec"]!));
        AssertEqual(sent["status"]!, served["status"]!);
        AssertEqual(Normalized(served), Normalized(back));
        if (everyField)
        {
            await AssertHasEveryFieldAsync(sent);
        }

        var release = new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } };
        (await _api.PatchAsync(sent, @namespace.Name, release, CancellationToken)).EnsureSuccess();
        await _api.DeleteAsync(sent, @namespace.Name, CancellationToken);
    }

    /// <summary>Guards this test: a field that is added to the types must be added to its objects.</summary>
    private async Task AssertHasEveryFieldAsync(JsonObject resource)
    {
        var plural = (string)resource["kind"]! switch
        {
            M2MOAuthClient.KubeKind => M2MOAuthClient.Plural,
            CartoAccount.KubeKind => CartoAccount.Plural,
            _ => ClusterCartoAccount.Plural,
        };
        var definition = await _api.GetDefinitionAsync(plural, CancellationToken);
        var present = Paths(resource, "").ToHashSet();
        var missing = Schema
            .Of(definition)
            .Walk()
            .SelectMany(node => node.Fields)
            .Select(each => each.Path)
            .Where(path => !present.Contains(path) && !Alternatives.Any(other => path.StartsWith(other, StringComparison.Ordinal)));

        Assert.Empty(missing);
    }

    private static IEnumerable<string> Paths(JsonNode? node, string path) =>
        node switch
        {
            JsonObject map => map.SelectMany(each => Paths(each.Value, $"{path}.{each.Key}".TrimStart('.'))).Append(path),
            JsonArray list => list.SelectMany(item => Paths(item, $"{path}[]")).Append(path),
            _ => [path],
        };

    /// <summary>The part of what was served that was sent.</summary>
    private static JsonNode WithoutDefaults(JsonNode served, JsonNode sent) =>
        (served, sent) switch
        {
            (JsonObject from, JsonObject like) => new JsonObject(
                from.Where(each => like.ContainsKey(each.Key))
                    .Select(each => KeyValuePair.Create(each.Key, (JsonNode?)WithoutDefaults(each.Value!, like[each.Key]!)))
            ),
            _ => served.DeepClone(),
        };

    /// <summary>Times as moments: "Z" and "+00:00" are the same.</summary>
    private static JsonNode Normalized(JsonNode? node) =>
        node switch
        {
            JsonObject map => new JsonObject(map.Select(each => KeyValuePair.Create(each.Key, (JsonNode?)Normalized(each.Value)))),
            JsonArray list => new JsonArray([.. list.Select(Normalized)]),
            JsonValue value
                when value.TryGetValue<string>(out var text)
                    && DateTimeOffset.TryParseExact(
                        text,
                        ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"],
                        CultureInfo.InvariantCulture,
                        DateTimeStyles.None,
                        out var time
                    ) => JsonValue.Create(time.UtcDateTime)!,
            _ => node!.DeepClone(),
        };

    private static void AssertEqual(JsonNode expected, JsonNode actual) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"Expected: {expected.ToJsonString()}\nActual:   {actual.ToJsonString()}");
}
