using Carto.Emulator;

namespace Operator.Carto.Tests.Emulator;

/// <summary>The whole life of a client, whatever form CARTO turns out to have.</summary>
public sealed class VariantTests
{
    private static readonly Dictionary<string, EmulatorVariants> All = new()
    {
        ["default"] = new(),
        ["json"] = new() { ResponseFormat = ResponseFormat.Json },
        ["protocol 2025-06-18"] = new() { ProtocolVersion = "2025-06-18" },
        ["protocol 2025-11-25, json"] = new() { ProtocolVersion = "2025-11-25", ResponseFormat = ResponseFormat.Json },
        ["oneOf"] = new() { SchemaShape = SchemaShape.OneOf },
        ["oneOf, delete in the same tool"] = new() { SchemaShape = SchemaShape.OneOf, DeleteVia = DeleteVia.ManageTool },
        ["other argument names"] = new()
        {
            MethodArgument = "action",
            NameArgument = "display_name",
            IdArgument = "client_id",
            TypeArgument = "client_type",
            DeleteIdArgument = "client_id",
        },
        ["other words"] = new()
        {
            MethodArgument = "operation",
            Methods = new()
            {
                List = "list_clients",
                Create = "add",
                Get = "show",
                Update = "rename",
                Delete = "revoke",
            },
            DeleteVia = DeleteVia.ManageTool,
        },
        ["no type"] = new() { TypeArgument = null },
        ["several types"] = new() { TypeValues = ["spa", "m2m", "regular"] },
        ["optional type"] = new() { TypeValues = ["spa", "m2m"], TypeRequired = false },
        ["delete either way"] = new() { DeleteVia = DeleteVia.Both },
        ["secrets in lists"] = new() { SecretInList = true },
        ["no secrets afterwards"] = new() { SecretInGet = false },
        ["pair only"] = new() { CreateAnswersPairOnly = true },
        ["wrapped"] = new() { WrapInData = true, ListShape = ListShape.Items },
        ["wrapped array"] = new() { WrapInData = true },
        ["clients"] = new() { ListShape = ListShape.Clients },
        ["results"] = new() { ListShape = ListShape.Results },
        ["other field names"] = new()
        {
            IdField = "client_id",
            SecretField = "client_secret",
            NameField = "name",
            CreatedAtField = "created_at",
        },
        ["short field names"] = new()
        {
            IdField = "id",
            SecretField = "secret",
            NameField = "display_name",
            CreatedAtField = null,
        },
        ["delete answers an id"] = new() { DeleteAnswer = DeleteAnswer.Id },
        ["delete answers a sentence"] = new() { DeleteAnswer = DeleteAnswer.Text },
        ["delete answers nothing"] = new() { DeleteAnswer = DeleteAnswer.Nothing },
        ["structured"] = new() { StructuredContent = true },
        ["errors as text"] = new() { ErrorAnswer = ErrorAnswer.Text },
        ["errors as JSON-RPC"] = new() { ErrorAnswer = ErrorAnswer.JsonRpc },
        ["pages by number, array"] = new() { Paging = Paging.PageAndLimit, PageSize = 2 },
        ["pages by number, total"] = new()
        {
            Paging = Paging.PageAndLimit,
            PageSize = 2,
            ListShape = ListShape.Items,
        },
        ["pages by cursor"] = new()
        {
            Paging = Paging.Cursor,
            PageSize = 2,
            ListShape = ListShape.Clients,
        },
        ["pages by cursor, oneOf"] = new()
        {
            Paging = Paging.Cursor,
            PageSize = 1,
            WrapInData = true,
            SchemaShape = SchemaShape.OneOf,
        },
        ["unknown arguments pass"] = new() { RefuseUnknownArguments = false },
        ["no get"] = new() { Methods = new() { Get = null } },
        ["no get, errors as text, pages"] = new()
        {
            Methods = new() { Get = null },
            ErrorAnswer = ErrorAnswer.Text,
            Paging = Paging.PageAndLimit,
            PageSize = 2,
        },
        ["owner as subject"] = new() { M2MTokenSubject = M2MTokenSubject.Owner },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Life_InEveryVariant_IsTheSame(string name)
    {
        await using var carto = await Carto.StartAsync(All[name]);
        var (emulator, clients) = (carto.Emulator, carto.Clients);
        await carto.Account.ConnectAsync(Token);

        // Created, with a pair that works.
        var created = new List<OAuthClient>();
        for (var index = 0; index < 5; index++)
        {
            created.Add(await clients.CreateAsync($"client {index}", Token));
        }

        Assert.Equal(emulator.Clients(carto.User).Select(client => client.Id), created.Select(client => client.Id));
        Assert.Equal(emulator.Clients(carto.User).Select(client => client.Secret), created.Select(client => client.Secret!.Reveal()));
        await carto.Account.VerifyAsync(created[0].Id, created[0].Secret!, Token);

        // Listed, every one of them, with names.
        var (listed, gap) = await clients.ListAsync(Token);
        Assert.Null(gap);
        Assert.Equal(
            emulator.Clients(carto.User).Select(client => (client.Id, (string?)client.Name)).Order(),
            listed.Where(client => client.Id != carto.User.ClientId).Select(client => (client.Id, client.Name)).Order()
        );
        Assert.Contains(listed, client => client.Id == carto.User.ClientId);

        // Renamed, and read.
        await clients.RenameAsync(created[1].Id, "renamed", Token);
        Assert.Equal("renamed", (await clients.GetAsync(created[1].Id, Token))?.Name);

        // Deleted, once and for all.
        await clients.DeleteAsync(created[2].Id, Token);
        Assert.DoesNotContain(emulator.Clients(carto.User), client => client.Id == created[2].Id);
        Assert.Null(await clients.GetAsync(created[2].Id, Token));
        var again = await Assert.ThrowsAsync<CartoException>(() => clients.DeleteAsync(created[2].Id, Token));
        Assert.Equal((CartoErrorKind.NotFound, false), (again.Error.Kind, again.Error.MayHaveTakenEffect));
        var refused = await Assert.ThrowsAsync<CartoException>(() => carto.Account.VerifyAsync(created[2].Id, created[2].Secret!, Token));
        Assert.Equal((CartoErrorKind.Unauthorized, CartoStage.Token), (refused.Error.Kind, refused.Error.Stage));
        Assert.Equal(4, emulator.Clients(carto.User).Count);
    }
}
