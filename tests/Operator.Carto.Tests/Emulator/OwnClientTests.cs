using Carto.Emulator;

namespace Operator.Carto.Tests.Emulator;

/// <summary>
/// With client credentials the list must show the client that logs in: otherwise it is not the list of the account's clients.
/// </summary>
public sealed class OwnClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connect_EmptyList_FailsAndSaysWhichClientIsMissing()
    {
        await using var carto = await Carto.StartAsync();
        carto.Emulator.Faults.Add(Fault.EmptyList(count: null));

        var error = (await Assert.ThrowsAsync<CartoException>(() => carto.Account.ConnectAsync(Token))).Error;

        Assert.Equal((CartoErrorKind.OwnClientNotListed, CartoStage.Api), (error.Kind, error.Stage));
        Assert.Contains($"lacks the client {carto.User.ClientId}, with which the account logs in", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_WithoutTheOwnClient_IsNoListOfClients()
    {
        await using var carto = await Carto.StartAsync();
        await carto.Account.ConnectAsync(Token);
        carto.Emulator.Faults.Add(Fault.EmptyList(count: null));

        var error = (await Assert.ThrowsAsync<CartoException>(() => carto.Clients.ListAsync(Token))).Error;

        Assert.Equal((CartoErrorKind.OwnClientNotListed, false), (error.Kind, error.MayHaveTakenEffect));
    }

    [Fact]
    public async Task Connect_LoginOnTheFirstOfManyPages_ReadsNoMoreOfThem()
    {
        await using var carto = await Carto.StartAsync(
            new EmulatorVariants
            {
                Paging = Paging.Cursor,
                ListShape = ListShape.Items,
                PageSize = 2,
            }
        );
        for (var index = 0; index < 7; index++)
        {
            await carto.Clients.CreateAsync($"c{index}", Token);
        }

        carto.Emulator.Calls.Reset();
        await carto.Account.ConnectAsync(Token);

        Assert.Equal(1, carto.Emulator.Calls.Count(Operation.List));
        Assert.Equal(8, (await carto.Clients.ListAsync(Token)).Clients.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Create_ListNotReadYet_ProvesFirstThatTheAccountSeesItsClients(bool isEmpty)
    {
        await using var carto = await Carto.StartAsync();
        carto.Emulator.Faults.Add(Fault.HttpStatus(Operation.List, 503));
        await carto.Account.ConnectAsync(Token);
        carto.Emulator.Faults.Add(isEmpty ? Fault.EmptyList(count: null) : Fault.MalformedText(Operation.List, count: null));

        var error = (await Assert.ThrowsAsync<CartoException>(() => carto.Clients.CreateAsync("etl", Token))).Error;

        Assert.Equal(
            (isEmpty ? CartoErrorKind.OwnClientNotListed : CartoErrorKind.Transient, false),
            (error.Kind, error.MayHaveTakenEffect)
        );
        Assert.Equal(0, carto.Emulator.Calls.Count(Operation.Create));

        carto.Emulator.Faults.Clear();
        await carto.Clients.CreateAsync("etl", Token);
        await carto.Clients.CreateAsync("etl 2", Token);
        Assert.Equal(2, carto.Emulator.Calls.Count(Operation.Create));
        Assert.Equal(3, carto.Emulator.Calls.Count(Operation.List));
    }

    [Fact]
    public async Task Connect_WithAUsersToken_TakesAnyList()
    {
        await using var carto = await Carto.StartAsync(
            configure: (emulator, user, options) =>
                options with
                {
                    Credentials = new CartoCredentials.AccessToken(new Sensitive(emulator.IssueAccessToken(user))),
                }
        );
        carto.Emulator.Faults.Add(Fault.EmptyList(count: null));

        await carto.Account.ConnectAsync(Token);

        Assert.Empty((await carto.Clients.ListAsync(Token)).Clients);
    }
}
