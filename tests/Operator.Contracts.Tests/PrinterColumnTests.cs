using System.Text.Json.Nodes;
using Operator.TestKit;

namespace Operator.Contracts.Tests;

/// <summary>What <c>kubectl get</c> prints.</summary>
public sealed class PrinterColumnTests(KubernetesServer server)
{
    private readonly ResourceApi _api = new(server);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_Clients_ShowsHowTheyAre()
    {
        await using var @namespace = await ArrangeAsync(
            M2MOAuthClient.KubeKind,
            "accountRef: {name: main}",
            """
            conditions: [{type: Ready, status: 'False', reason: SecretConflict, message: m, lastTransitionTime: '2026-11-20T10:11:12Z'}]
            clientId: c1
            secretName: s1
            nextRotationTime: '2036-11-22T03:00:00Z'
            """
        );

        Assert.Equal(["NAME", "READY", "STATUS", "CLIENT ID", "SECRET", "AGE"], await GetHeadingsAsync(@namespace, "m2m"));
        Assert.Equal(
            ["NAME", "READY", "STATUS", "CLIENT ID", "SECRET", "ACCOUNT", "NEXT ROTATION", "AGE"],
            await GetHeadingsAsync(@namespace, "m2m", "-o", "wide")
        );
        var line = (await GetAsync(@namespace, "m2m", "-o", "wide", "--no-headers"))[0];
        Assert.Equal(["subject", "False", "SecretConflict", "c1", "s1", "main", "2036-11-22T03:00:00Z"], Cells(line)[..^1]);
    }

    [Fact]
    public async Task Get_Accounts_ShowsHowTheyAre()
    {
        await using var @namespace = await ArrangeAsync(
            CartoAccount.KubeKind,
            "",
            """
            conditions: [{type: Ready, status: 'True', reason: Connected, message: m, lastTransitionTime: '2026-11-20T10:11:12Z'}]
            owner: {userId: auth0|1}
            api: {kind: MCP, server: carto-1.2.3}
            managedClients: 12
            """
        );

        Assert.Equal(["NAME", "READY", "STATUS", "URL", "CLIENTS", "AGE"], await GetHeadingsAsync(@namespace, "cacc"));
        Assert.Equal(
            ["NAME", "READY", "STATUS", "URL", "CLIENTS", "API", "OWNER", "AGE"],
            await GetHeadingsAsync(@namespace, "cacc", "-o", "wide")
        );
        var line = (await GetAsync(@namespace, "cacc", "-o", "wide", "--no-headers"))[0];
        Assert.Equal(
            ["subject", "True", "Connected", "https://gcp-us-east1.api.carto.com", "12", "carto-1.2.3", "auth0|1"],
            Cells(line)[..^1]
        );
    }

    [Fact]
    public async Task Get_ByCategory_FindsOurKinds()
    {
        await using var @namespace = await ArrangeAsync(M2MOAuthClient.KubeKind, "", "{}");
        using var cache = new TemporaryFolder();

        // kubectl remembers for hours which categories a server has; a fresh memory makes it ask.
        Assert.Contains(
            "m2moauthclient.credentials.carto.com/subject",
            await GetAsync(@namespace, "carto", "-o", "name", "--cache-dir", cache.Path)
        );
    }

    [Fact]
    public async Task Get_ByAccount_SelectsOnTheServer()
    {
        await using var @namespace = await ArrangeAsync(M2MOAuthClient.KubeKind, "accountRef: {name: main}", "{}");

        Assert.Single(
            await GetAsync(
                @namespace,
                "m2m",
                "-o",
                "name",
                "--field-selector",
                "spec.accountRef.kind=ClusterCartoAccount,spec.accountRef.name=main"
            )
        );
        Assert.Empty(await GetAsync(@namespace, "m2m", "-o", "name", "--field-selector", "spec.accountRef.name=other"));
    }

    private async Task<TestNamespace> ArrangeAsync(string kind, string spec, string status)
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);
        var @namespace = await TestNamespace.CreateAsync(server, CancellationToken);
        var resource = await _api.CreateAsync(Resources.Create(kind, spec), @namespace.Name, CancellationToken);
        var patch = new JsonObject { ["status"] = Yaml.Parse(status)[0] };
        (await _api.PatchAsync(resource, @namespace.Name, patch, CancellationToken, "status")).EnsureSuccess();
        return @namespace;
    }

    private static async Task<string[]> GetAsync(TestNamespace @namespace, params string[] arguments) =>
        (await @namespace.Kubectl.RunAsync(["get", .. arguments], CancellationToken))
            .EnsureSuccess()
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<string[]> GetHeadingsAsync(TestNamespace @namespace, params string[] arguments) =>
        Cells((await GetAsync(@namespace, arguments))[0]);

    /// <summary>kubectl puts three spaces between columns.</summary>
    private static string[] Cells(string line) => line.Split("   ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
