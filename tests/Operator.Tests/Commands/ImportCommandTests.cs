using Carto.Emulator;
using Operator.Access;
using Operator.Commands;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Commands;

public sealed class ImportCommandTests(KubernetesServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Import_WithoutChoice_ListsWhatThereIsAndWhoHasIt()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var free = world.Carto.CreateClient(world.User, "Reports\u001b[2J");
        var managed = world.Carto.CreateClient(world.User, "ETL");
        var marked = world.Carto.CreateClient(world.User, "Old [k8s:0a1b2c:0123456789ab-3]");
        await world.ApplyResourceAsync("etl", managed);

        var result = await world.RunAsync("import", ToolWorld.Account);

        var day = $"{free.CreatedAt:yyyy-MM-dd}";
        var rows = result.Output.Split('\n').Skip(1).ToList();
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(rows, row =>
            row.StartsWith(free.Id, StringComparison.Ordinal)
            && row.EndsWith($"Reports?[2J                       {day}   may be adopted", StringComparison.Ordinal)
        );
        Assert.Contains(rows, row =>
            row.StartsWith(managed.Id, StringComparison.Ordinal)
            && row.EndsWith($"managed by {world.Namespace}/etl", StringComparison.Ordinal)
        );
        Assert.Contains(rows, row =>
            row.StartsWith(marked.Id, StringComparison.Ordinal)
            && row.EndsWith("bears the mark of another resource", StringComparison.Ordinal)
        );
        Assert.Contains(rows, row =>
            row.StartsWith(world.User.ClientId, StringComparison.Ordinal)
            && row.EndsWith("the account logs in with it", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Import_ListThatIsNotWhole_ShowsTheRestAndReportsIt()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var free = world.Carto.CreateClient(world.User, "Reports");
        world.Carto.Faults.Add(Fault.OddEntry());

        var result = await world.RunAsync("import", ToolWorld.Account);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(free.Id, result.Output, StringComparison.Ordinal);
        Assert.Contains("CARTO's list of clients could not be read fully: 1 of 3 entries", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_Chosen_WritesResourcesThatTheServerTakes()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var one = world.Carto.CreateClient(world.User, "Geo: Café \"Weekly\" #1");
        var two = world.Carto.CreateClient(world.User, "geo caf weekly 1");

        var result = await world.RunAsync("import", ToolWorld.Account, "--select", "[Gg]*", "--select", "?eo*");
        await world.Place.ApplyAsync(result.Output, Cancel);

        Assert.Equal(
            $"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata:
              name: geo-caf-weekly-1
              namespace: {world.Namespace}
            spec:
              displayName: 'Geo: Café "Weekly" #1'
              accountRef:
                kind: CartoAccount
                name: ours
              clientId: {one.Id}
              deletionPolicy: Retain
            ---
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata:
              name: geo-caf-weekly-1-2
              namespace: {world.Namespace}
            spec:
              displayName: geo caf weekly 1
              accountRef:
                kind: CartoAccount
                name: ours
              clientId: {two.Id}
              deletionPolicy: Retain

            """,
            Unquote(Unquote(result.Output, one.Id), two.Id)
        );
        Assert.Equal("operator: --select [Gg]*: no client has this ID or name\n", result.Error);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task Import_SecretThatCartoDoesNotTell_AsksForItInAComment()
    {
        await using var world = await ToolWorld.CreateAsync(server, new EmulatorVariants { SecretInGet = false });
        await world.ApplyAccountAsync();
        world.Carto.CreateClient(world.User, "Reports");

        var result = await world.RunAsync("import", ToolWorld.Account, "--all");
        await world.Place.ApplyAsync(result.Output, Cancel);

        var resource = (await world.Api.For(Kinds.Clients).GetAsync(new(world.Namespace, "reports"), Cancel))!;
        Assert.Equal(
            new ClientSecretReference { Name = "reports-given", Key = WireNames.SecretKeys.ClientSecret },
            resource.Spec.ClientSecretRef
        );
        Assert.Equal(DeletionPolicy.Retain, resource.Spec.DeletionPolicy);
        Assert.StartsWith(
            $"# CARTO does not tell the secret of this client: create the Secret {world.Namespace}/reports-given with it under the key "
                + "CARTO_CLIENT_SECRET first.\n",
            result.Output,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("-.5")]
    [InlineData("+.5")]
    [InlineData("0x1F")]
    [InlineData("1e3")]
    [InlineData(".inf")]
    [InlineData("~")]
    [InlineData("yes")]
    public async Task Import_NameThatReadsAsAnotherType_IsText(string name)
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var client = world.Carto.CreateClient(world.User, name);

        var result = await world.RunAsync("import", ToolWorld.Account, "--select", client.Id);
        await world.Place.ApplyAsync(result.Output, Cancel);

        var resource = Assert.Single(await world.Api.For(Kinds.Clients).ListAsync(world.Namespace, null, Cancel));
        Assert.Equal(name, resource.Spec.DisplayName);
    }

    [Fact]
    public async Task Import_SelectionThatBeginsWithAnAt_IsANameAndNoFile()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        world.Carto.CreateClient(world.User, "Reports");
        var file = world.File("Reports");
        var client = world.Carto.CreateClient(world.User, $"@{file}");

        var result = await world.RunAsync("import", ToolWorld.Account, "--select", $"@{file}");

        Assert.Equal([client.Id], Ids(result));
    }

    [Theory]
    [InlineData("<b>")]
    [InlineData("\u0007")]
    [InlineData("---")]
    [InlineData("日本語")]
    [InlineData("yes")]
    [InlineData("[k8s:abc")]
    [InlineData(" x\n# y: {")]
    [InlineData("a very long name that goes on and on and on and on, beyond every limit that anybody would call reasonable, and further")]
    public async Task Import_AnyNameAtAll_WritesAResourceThatTheServerTakes(string name)
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var client = world.Carto.CreateClient(world.User, name);

        var yaml = await world.RunAsync("import", ToolWorld.Account, "--select", client.Id);
        var json = await world.RunAsync("import", ToolWorld.Account, "--select", client.Id, "-o", "json");
        await world.Place.ApplyAsync(yaml.Output, Cancel);
        await world.Place.ApplyAsync(json.Output, Cancel);

        var resource = Assert.Single(await world.Api.For(Kinds.Clients).ListAsync(world.Namespace, null, Cancel));
        Assert.Equal(client.Id, resource.Spec.ClientId);
    }

    [Fact]
    public async Task Import_All_LeavesOutWhatOthersHave()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var free = world.Carto.CreateClient(world.User, "Reports");
        var resource = await world.ApplyResourceAsync("etl", world.Carto.CreateClient(world.User, "ETL"));
        world.Carto.CreateClient(world.User, Mark.For("0a1b2c", resource.Metadata.Uid, 2).NameFor("ETL", 255));
        var foreign = world.Carto.CreateClient(world.User, Mark.For("0a1b2c", "another", 2).NameFor("Old", 255));

        var all = await world.RunAsync("import", ToolWorld.Account, "--all");
        var byName = await world.RunAsync("import", ToolWorld.Account, "--select", "Old*");
        var byId = await world.RunAsync("import", ToolWorld.Account, "--select", foreign.Id);
        var own = await world.RunAsync("import", ToolWorld.Account, "--select", world.User.ClientId);

        Assert.Equal([free.Id], Ids(all));
        Assert.Equal(ExitCodes.Usage, byName.ExitCode);
        Assert.Equal(ExitCodes.Usage, byId.ExitCode);
        Assert.All([byName, byId], result =>
            Assert.Contains(
                "bears the mark of another resource; if that resource no longer exists, first remove the mark from the client's name "
                    + "in CARTO",
                result.Error,
                StringComparison.Ordinal
            )
        );
        Assert.Equal(ExitCodes.Usage, own.ExitCode);
        Assert.Contains("the account logs in with it", own.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_FromAClusterAccount_SaysWhatItMustAllow()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        var allowed = world.Carto.CreateClient(world.User, "ETL weekly");
        var refused = world.Carto.CreateClient(world.User, "Reports");
        var account = await world.ApplyClusterAccountAsync("adoption: {names: ['ETL *']}");

        var list = await world.RunAsync("import", $"clustercartoaccount/{account}");
        var yaml = await world.RunAsync("import", $"clustercartoaccount/{account}", "--all");
        var json = await world.RunAsync("import", $"clustercartoaccount/{account}", "--select", refused.Id, "-o", "json");

        var rows = list.Output.Split('\n');
        Assert.Contains(rows, row =>
            row.StartsWith(allowed.Id, StringComparison.Ordinal) && row.EndsWith("may be adopted", StringComparison.Ordinal)
        );
        Assert.Contains(rows, row =>
            row.StartsWith(refused.Id, StringComparison.Ordinal)
            && row.EndsWith("may be adopted once the account allows it", StringComparison.Ordinal)
        );
        Assert.Equal(new[] { allowed.Id, refused.Id }.Order(), Ids(yaml).Order());
        var comment =
            $"# ClusterCartoAccount {account} does not allow this client to be adopted: add its ID to spec.adoption.clientIds of the "
            + "account first.";
        Assert.Equal(
            ["Reports"],
            yaml.Output.Split("---\n").Where(document => document.StartsWith(comment, StringComparison.Ordinal)).Select(DisplayName)
        );
        var note =
            $"operator: ClusterCartoAccount {account} does not allow all of these to be adopted: add to its spec.adoption.clientIds "
            + $"{refused.Id}\n";
        Assert.Equal((0, note), (yaml.ExitCode, yaml.Error));
        Assert.Equal((0, note), (json.ExitCode, json.Error));
    }

    [Fact]
    public async Task Import_TokenOfAnM2MClient_LeavesThatClientOut()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyTokenAccountAsync();

        var result = await world.RunAsync("import", ToolWorld.Account, "--select", world.User.ClientId);

        Assert.Equal(ExitCodes.Usage, result.ExitCode);
        Assert.Contains("the account logs in with it", result.Error, StringComparison.Ordinal);
    }

    private static string DisplayName(string document) => document.Split("displayName: ")[1].Split('\n')[0];

    // An ID that begins with a digit has quotes.
    private static string Unquote(string output, string id) => output.Replace($"'{id}'", id, StringComparison.Ordinal);

    private static IEnumerable<string> Ids(ToolResult result) =>
        result
            .Output.Split('\n')
            .Where(line => line.StartsWith("  clientId: ", StringComparison.Ordinal))
            .Select(line => line[12..].Trim('\''));
}
