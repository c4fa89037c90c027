using System.Text.Json;
using ModelContextProtocol.Client;

namespace Carto.Emulator.Tests;

/// <summary>Other forms that the tools for clients may have.</summary>
public sealed class ToolFormTests
{
    private static readonly string[] Separate =
    [
        "create_oauth_client",
        "delete_oauth_client",
        "get_oauth_client",
        "list_oauth_clients",
        "update_oauth_client",
    ];

    [Fact]
    public async Task CredentialsTools_Separate_DoWhatTheOneToolDoes()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { CredentialsTools = CredentialsTools.Separate });
        var mcp = await laptop.ConnectAsync();

        var schemas = await SchemasAsync(mcp);
        var id = Json(await mcp.CallTextAsync("create_oauth_client", ("type", "m2m"), ("title", "etl")))
            .GetProperty("clientId")
            .GetString()!;
        await mcp.CallTextAsync("update_oauth_client", ("type", "m2m"), ("id", id), ("title", "elt"));
        var read = Json(await mcp.CallTextAsync("get_oauth_client", ("type", "m2m"), ("id", id)));
        var list = Json(await mcp.CallTextAsync("list_oauth_clients", ("type", "m2m")));
        var deleted = await mcp.CallTextAsync("delete_oauth_client", ("type", "m2m"), ("id", id));

        Assert.Equal(Separate, schemas.Keys.Where(name => name.Contains("oauth_client", StringComparison.Ordinal)).Order());
        Assert.Equal(["type", "title"], Strings(schemas["create_oauth_client"].GetProperty("required")));
        Assert.Equal("elt", read.GetProperty("title").GetString());
        Assert.Equal(2, list.GetArrayLength());
        Assert.False(deleted.IsError, deleted.Text);
        Assert.Empty(laptop.Emulator.Clients(laptop.User));
        foreach (var operation in (Operation[])[Operation.Create, Operation.Update, Operation.Get, Operation.List, Operation.Delete])
        {
            Assert.Single(await laptop.LoggedAsync(operation));
        }
    }

    [Fact]
    public async Task CredentialsTools_Separate_LeaveOutWhatMethodsLeaveOut()
    {
        await using var laptop = await Laptop.StartAsync(
            new EmulatorVariants
            {
                CredentialsTools = CredentialsTools.Separate,
                Methods = new MethodNames
                {
                    Get = null,
                    Update = null,
                    Delete = null,
                },
            }
        );
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var mcp = await laptop.ConnectAsync();

        var schemas = await SchemasAsync(mcp);
        var deleted = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", client.Id));

        Assert.Equal(["create_oauth_client", "list_oauth_clients"], schemas.Keys.Intersect(Separate).Order());
        Assert.False(deleted.IsError, deleted.Text);
    }

    [Fact]
    public async Task CredentialsTools_None_LeaveNothingForClients()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { CredentialsTools = CredentialsTools.None });
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var mcp = await laptop.ConnectAsync();

        var schemas = await SchemasAsync(mcp);
        var deleted = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", client.Id));

        Assert.DoesNotContain("manage_oauth_clients", schemas.Keys);
        Assert.DoesNotContain("oauth_client", Strings(Property(schemas["delete"], "kind").GetProperty("enum")));
        Assert.True(deleted.IsError);
        Assert.Equal([client], laptop.Emulator.Clients(laptop.User));
    }

    [Theory]
    [InlineData("id")]
    [InlineData("resourceId")]
    [InlineData("client_id")]
    [InlineData("ids")]
    public async Task DeleteIdAsList_TakesAListOfOne(string argument)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { DeleteIdArgument = argument, DeleteIdAsList = true });
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var other = laptop.Emulator.CreateClient(laptop.User, "elt");
        var mcp = await laptop.ConnectAsync();

        var schema = (await SchemasAsync(mcp))["delete"];
        var bare = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), (argument, client.Id));
        var two = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), (argument, new[] { client.Id, other.Id }));
        var one = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), (argument, new[] { client.Id }));

        Assert.Equal("array", Property(schema, argument).GetProperty("type").GetString());
        Assert.Equal((true, true, false), (bare.IsError, two.IsError, one.IsError));
        Assert.Equal([other], laptop.Emulator.Clients(laptop.User));
        Assert.Equal(client.Id, (await laptop.LoggedAsync(Operation.Delete, count: 3)).Single(call => call.TookEffect).Subject);
    }

    [Theory]
    [InlineData(DeleteVia.DeleteTool)]
    [InlineData(DeleteVia.ManageTool)]
    public async Task DeleteConfirmation_IsInTheSchemaAndDemanded(DeleteVia via)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { DeleteConfirmation = "confirm", DeleteVia = via });
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var mcp = await laptop.ConnectAsync();
        (string Tool, (string, object)[] Arguments) call =
            via == DeleteVia.DeleteTool
                ? ("delete", [("kind", "oauth_client"), ("id", client.Id)])
                : ("manage_oauth_clients", [("method", "delete"), ("type", "m2m"), ("id", client.Id)]);

        var schema = (await SchemasAsync(mcp))[call.Tool];
        var without = await mcp.CallTextAsync(call.Tool, call.Arguments);
        var unsure = await mcp.CallTextAsync(call.Tool, [.. call.Arguments, ("confirm", false)]);
        var confirmed = await mcp.CallTextAsync(call.Tool, [.. call.Arguments, ("confirm", true)]);

        Assert.True(Property(schema, "confirm").GetProperty("const").GetBoolean());
        Assert.Equal(via == DeleteVia.DeleteTool, Strings(schema.GetProperty("required")).Contains("confirm"));
        Assert.Equal((true, true, false), (without.IsError, unsure.IsError, confirmed.IsError));
        Assert.Empty(laptop.Emulator.Clients(laptop.User));
    }

    private static async Task<Dictionary<string, JsonElement>> SchemasAsync(McpClient mcp) =>
        (await mcp.ListToolsAsync(cancellationToken: Laptop.Cancelled)).ToDictionary(tool => tool.Name, tool => tool.JsonSchema);

    private static JsonElement Json((bool IsError, string Text) answer)
    {
        Assert.False(answer.IsError, answer.Text);
        return JsonDocument.Parse(answer.Text).RootElement;
    }

    private static JsonElement Property(JsonElement schema, string name) => schema.GetProperty("properties").GetProperty(name);

    private static IEnumerable<string> Strings(JsonElement array) => array.EnumerateArray().Select(e => e.GetString()!);
}
