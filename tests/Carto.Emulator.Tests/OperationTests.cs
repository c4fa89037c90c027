namespace Carto.Emulator.Tests;

public sealed class OperationTests
{
    [Fact]
    public async Task Create_ByDefault_AnswersWithWorkingPair()
    {
        await using var laptop = await Laptop.StartAsync();
        var mcp = await laptop.ConnectAsync();

        var created = await mcp.ManageAsync("create", ("title", "etl"));

        var client = Assert.Single(laptop.Emulator.Clients(laptop.User));
        Assert.Equal("etl", client.Name);
        Assert.Equal(client.Id, created.GetProperty("clientId").GetString());
        Assert.Equal(client.Secret, created.GetProperty("clientSecret").GetString());
        Assert.Equal(System.Net.HttpStatusCode.OK, (await laptop.GrantAsync(client.Id, client.Secret)).Status);
    }

    [Fact]
    public async Task List_ByDefault_ShowsAccountCredentialAndManagedClientsWithoutSecret()
    {
        await using var laptop = await Laptop.StartAsync();
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var mcp = await laptop.ConnectAsync();

        var list = await mcp.ManageAsync("list");

        Assert.Equal([laptop.User.ClientId, client.Id], list.EnumerateArray().Select(c => c.GetProperty("clientId").GetString()));
        Assert.DoesNotContain(client.Secret, list.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ByDefault_ShowsSecret()
    {
        await using var laptop = await Laptop.StartAsync();
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var mcp = await laptop.ConnectAsync();

        var got = await mcp.ManageAsync("get", ("id", client.Id));

        Assert.Equal(client.Secret, got.GetProperty("clientSecret").GetString());
    }

    [Fact]
    public async Task Update_ByDefault_ChangesName()
    {
        await using var laptop = await Laptop.StartAsync();
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var mcp = await laptop.ConnectAsync();

        await mcp.ManageAsync("update", ("id", client.Id), ("title", "elt"));

        Assert.Equal(client with { Name = "elt" }, Assert.Single(laptop.Emulator.Clients(laptop.User)));
    }

    [Fact]
    public async Task Delete_ByDefault_EndsClientForGood()
    {
        await using var laptop = await Laptop.StartAsync();
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var mcp = await laptop.ConnectAsync();

        var (isError, text) = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", client.Id));

        Assert.False(isError, text);
        Assert.Empty(laptop.Emulator.Clients(laptop.User));
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await laptop.GrantAsync(client.Id, client.Secret)).Status);
        var (isSecondError, secondText) = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", client.Id));
        Assert.True(isSecondError);
        Assert.Contains("404", secondText, StringComparison.Ordinal);
    }
}
