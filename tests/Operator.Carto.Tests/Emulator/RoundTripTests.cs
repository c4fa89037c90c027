using Carto.Emulator;

namespace Operator.Carto.Tests.Emulator;

public sealed class RoundTripTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connect_DefaultServer_SaysWhoAndWhatWasBound()
    {
        await using var carto = await Carto.StartAsync();

        var info = await carto.Account.ConnectAsync(Token);

        Assert.Equal(carto.User.AccountId, info.AccountId);
        Assert.NotNull(info.UserId);
        Assert.Equal("MCP", info.ApiKind);
        Assert.Equal("carto-emulator 1.0.0", info.Server);
        Assert.True(info.CanRename);
        Assert.Empty(info.Warnings);
        Assert.NotNull(info.TokenExpiresAt);
        Assert.Equal(
            [
                "create: manage_oauth_clients(method=create, type=m2m, title)",
                "list: manage_oauth_clients(method=list, type=m2m)",
                "get: manage_oauth_clients(method=get, type=m2m, id)",
                "rename: manage_oauth_clients(method=update, type=m2m, id, title)",
                "delete: delete(kind=oauth_client, id)",
            ],
            info.Operations
        );
    }

    [Fact]
    public async Task Calls_OfEachOperation_AreOneRequestEach()
    {
        await using var carto = await Carto.StartAsync();
        var calls = carto.Emulator.Calls;

        await carto.Account.ConnectAsync(Token);
        Assert.Equal(
            (1, 1, 1, 1, 4),
            (
                calls.Count(Operation.Token),
                calls.Count(Operation.Initialize),
                calls.Count(Operation.ToolsList),
                calls.Count(Operation.List),
                calls.Count(Operation.Any)
            )
        );

        calls.Reset();
        var client = await carto.Clients.CreateAsync("etl", Token);
        await carto.Clients.ListAsync(Token);
        await carto.Clients.GetAsync(client.Id, Token);
        await carto.Clients.RenameAsync(client.Id, "etl 2", Token);
        await carto.Clients.DeleteAsync(client.Id, Token);
        Operation[] made = [Operation.Create, Operation.List, Operation.Get, Operation.Update, Operation.Delete];
        Assert.Equal(made, calls.Latest.Select(call => call.Operation));
    }
}
