using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using ModelContextProtocol;
using ModelContextProtocol.Client;

namespace Carto.Emulator.Tests;

public sealed class VariantTests
{
    [Fact]
    public async Task Schema_ByDefault_NamesArgumentsAndWords()
    {
        var schema = await SchemaAsync(new EmulatorVariants());

        Assert.Equal(["method", "type", "title", "id"], Names(schema.GetProperty("properties")).Order(MemberOrder));
        Assert.Equal(["list", "create", "get", "update"], Strings(Property(schema, "method").GetProperty("enum")));
        Assert.Equal(["m2m"], Strings(Property(schema, "type").GetProperty("enum")));
        Assert.Equal(["method", "type"], Strings(schema.GetProperty("required")));
        Assert.False(schema.GetProperty("additionalProperties").GetBoolean());
    }

    [Fact]
    public async Task Names_OfArgumentsWordsAndFields_AreTheVariants()
    {
        EmulatorVariants variants = new()
        {
            MethodArgument = "action",
            NameArgument = "name",
            IdArgument = "client_id",
            DeleteIdArgument = "resource_id",
            TypeArgument = null,
            Methods = new MethodNames
            {
                List = "index",
                Create = "add",
                Get = "read",
                Update = "rename",
                Delete = "remove",
            },
            DeleteVia = DeleteVia.Both,
            IdField = "client_id",
            SecretField = "client_secret",
            NameField = "name",
            CreatedAtField = "created_at",
        };
        await using var laptop = await Laptop.StartAsync(variants);
        var mcp = await laptop.ConnectAsync();
        var schema = await SchemaAsync(mcp, "manage_oauth_clients");
        Assert.Equal(["action", "name", "client_id"], Names(schema.GetProperty("properties")).Order(MemberOrder));
        Assert.Equal(["action"], Strings(schema.GetProperty("required")));

        var created = Json(await mcp.CallTextAsync("manage_oauth_clients", ("action", "add"), ("name", "etl")));
        var id = created.GetProperty("client_id").GetString()!;
        await mcp.CallTextAsync("manage_oauth_clients", ("action", "rename"), ("client_id", id), ("name", "elt"));
        var read = Json(await mcp.CallTextAsync("manage_oauth_clients", ("action", "read"), ("client_id", id)));
        var list = Json(await mcp.CallTextAsync("manage_oauth_clients", ("action", "index")));

        Assert.Equal(["client_id", "name", "type", "client_secret", "created_at"], Names(created));
        Assert.Equal("elt", read.GetProperty("name").GetString());
        Assert.Equal(2, list.GetArrayLength());
        Assert.False((await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("resource_id", id))).IsError);
        Assert.Empty(laptop.Emulator.Clients(laptop.User));
    }

    [Theory]
    [InlineData("get")]
    [InlineData("update")]
    public async Task Methods_Missing_AreNotOfferedAndNotServed(string word)
    {
        var methods = word == "get" ? new MethodNames { Get = null } : new MethodNames { Update = null };
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { Methods = methods });
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var mcp = await laptop.ConnectAsync();

        var schema = await SchemaAsync(mcp, "manage_oauth_clients");
        var (isError, _) = await mcp.CallTextAsync(
            "manage_oauth_clients",
            ("method", word),
            ("type", "m2m"),
            ("id", client.Id),
            ("title", "x")
        );

        Assert.DoesNotContain(word, Strings(Property(schema, "method").GetProperty("enum")));
        Assert.True(isError);
        Assert.Equal([client], laptop.Emulator.Clients(laptop.User));
    }

    [Fact]
    public async Task Methods_GetAndUpdateAndDeleteElsewhere_LeaveNoIdArgument()
    {
        var schema = await SchemaAsync(
            new EmulatorVariants
            {
                Methods = new MethodNames { Get = null, Update = null },
            }
        );

        Assert.Equal(["method", "type", "title"], Names(schema.GetProperty("properties")).Order(MemberOrder));
    }

    [Fact]
    public async Task MethodEnum_False_LeavesTheWordsToTheDescription()
    {
        var method = Property(await SchemaAsync(new EmulatorVariants { MethodEnum = false }), "method");

        Assert.False(method.TryGetProperty("enum", out _));
        Assert.Contains("list, create, get, update", method.GetProperty("description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SchemaShape_OneOf_HasABranchForEachOperation()
    {
        var branches = (await SchemaAsync(new EmulatorVariants { SchemaShape = SchemaShape.OneOf, DeleteVia = DeleteVia.ManageTool }))
            .GetProperty("oneOf")
            .EnumerateArray()
            .ToList();

        Assert.Equal(
            ["list", "create", "get", "update", "delete"],
            branches.Select(b => Property(b, "method").GetProperty("const").GetString())
        );
        Assert.Equal(["method", "type", "title"], Strings(branches[1].GetProperty("required")));
        Assert.Equal(["method", "type", "id"], Strings(branches[4].GetProperty("required")));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task TypeRequired_DecidesOverCallsWithoutType(bool variant, bool isRefused)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { TypeRequired = variant });
        var mcp = await laptop.ConnectAsync();

        Assert.Equal(isRefused, (await mcp.CallTextAsync("manage_oauth_clients", ("method", "list"))).IsError);
    }

    [Fact]
    public async Task TypeValues_OtherThanM2M_AreOfferedAndNotServed()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { TypeValues = ["spa", "m2m"] });
        var mcp = await laptop.ConnectAsync();

        var schema = await SchemaAsync(mcp, "manage_oauth_clients");
        var (isError, _) = await mcp.CallTextAsync("manage_oauth_clients", ("method", "create"), ("type", "spa"), ("title", "x"));

        Assert.Equal(["spa", "m2m"], Strings(Property(schema, "type").GetProperty("enum")));
        Assert.True(isError);
        Assert.Empty(laptop.Emulator.Clients(laptop.User));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task RefuseUnknownArguments_DecidesOverThem(bool variant, bool isRefused)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { RefuseUnknownArguments = variant });
        var mcp = await laptop.ConnectAsync();

        var (isError, _) = await mcp.CallTextAsync("manage_oauth_clients", ("method", "list"), ("type", "m2m"), ("colour", "red"));

        Assert.Equal(isRefused, isError);
    }

    [Theory]
    [InlineData(DeleteVia.DeleteTool, true, false)]
    [InlineData(DeleteVia.ManageTool, false, true)]
    [InlineData(DeleteVia.Both, true, true)]
    public async Task DeleteVia_DecidesWhichToolDeletes(DeleteVia variant, bool byDelete, bool byManage)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { DeleteVia = variant });
        var first = laptop.Emulator.CreateClient(laptop.User, "first");
        var second = laptop.Emulator.CreateClient(laptop.User, "second");
        var mcp = await laptop.ConnectAsync();

        var delete = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", first.Id));
        var manage = await mcp.CallTextAsync("manage_oauth_clients", ("method", "delete"), ("type", "m2m"), ("id", second.Id));

        Assert.Equal((byDelete, byManage), (!delete.IsError, !manage.IsError));
        Assert.Equal(
            new[] { byDelete ? null : first, byManage ? null : second }.OfType<EmulatorClient>(),
            laptop.Emulator.Clients(laptop.User)
        );
        Assert.Equal(byDelete, Strings(Property(await SchemaAsync(mcp, "delete"), "kind").GetProperty("enum")).Contains("oauth_client"));
        Assert.Equal(
            byManage,
            Strings(Property(await SchemaAsync(mcp, "manage_oauth_clients"), "method").GetProperty("enum")).Contains("delete")
        );
    }

    [Theory]
    [InlineData(DeleteAnswer.Success, """{"success":true}""")]
    [InlineData(DeleteAnswer.Id, """{"clientId":"ID"}""")]
    [InlineData(DeleteAnswer.Text, "The OAuth client has been deleted.")]
    [InlineData(DeleteAnswer.Nothing, "")]
    public async Task DeleteAnswer_IsAsTheVariantSays(DeleteAnswer variant, string expected)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { DeleteAnswer = variant });
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var mcp = await laptop.ConnectAsync();

        var (isError, text) = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", client.Id));

        Assert.False(isError);
        Assert.Equal(expected.Replace("ID", client.Id, StringComparison.Ordinal), text);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Secret_InListAndGet_ShowsWhereTheVariantsSay(bool inList, bool inGet)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { SecretInList = inList, SecretInGet = inGet });
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var mcp = await laptop.ConnectAsync();

        var list = (await mcp.ManageAsync("list")).GetRawText();
        var get = (await mcp.ManageAsync("get", ("id", client.Id))).GetRawText();
        var update = (await mcp.ManageAsync("update", ("id", client.Id), ("title", "elt"))).GetRawText();

        Assert.Equal(
            (inList, inGet, false),
            (
                list.Contains(client.Secret, StringComparison.Ordinal),
                get.Contains(client.Secret, StringComparison.Ordinal),
                update.Contains(client.Secret, StringComparison.Ordinal)
            )
        );
    }

    [Fact]
    public async Task CreateAnswersPairOnly_AnswersAsTheCliDoes()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { CreateAnswersPairOnly = true });
        var mcp = await laptop.ConnectAsync();

        Assert.Equal(["clientId", "clientSecret"], Names(await mcp.ManageAsync("create", ("title", "etl"))));
    }

    [Fact]
    public async Task CreatedAtField_Null_LeavesItOut()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { CreatedAtField = null });
        var mcp = await laptop.ConnectAsync();

        Assert.Equal(["clientId", "title", "type"], Names((await mcp.ManageAsync("list"))[0]));
    }

    [Theory]
    [InlineData(false, ListShape.Array, "")]
    [InlineData(false, ListShape.Items, "items")]
    [InlineData(false, ListShape.Clients, "clients")]
    [InlineData(false, ListShape.Results, "results")]
    [InlineData(false, ListShape.Named, "oauthClients")]
    [InlineData(true, ListShape.Array, "data")]
    [InlineData(true, ListShape.Items, "data.items")]
    [InlineData(true, ListShape.Clients, "data.clients")]
    public async Task List_WrappedAndShaped_IsFoundWhereTheVariantsSay(bool wrap, ListShape shape, string path)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { WrapInData = wrap, ListShape = shape });
        var mcp = await laptop.ConnectAsync();

        var list = await mcp.ManageAsync("list");

        var found = path.Split('.', StringSplitOptions.RemoveEmptyEntries).Aggregate(list, (element, name) => element.GetProperty(name));
        Assert.Equal(1, found.GetArrayLength());
    }

    [Fact]
    public async Task WrapInData_WrapsCreation()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { WrapInData = true });
        var mcp = await laptop.ConnectAsync();

        var created = await mcp.ManageAsync("create", ("title", "etl"));

        Assert.Equal("etl", created.GetProperty("data").GetProperty("title").GetString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StructuredContent_RepeatsTheAnswerWhereAsked(bool variant)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { StructuredContent = variant });
        var mcp = await laptop.ConnectAsync();

        var result = await mcp.CallToolAsync(
            "manage_oauth_clients",
            new Dictionary<string, object?>
            {
                ["method"] = "create",
                ["type"] = "m2m",
                ["title"] = "etl",
            },
            cancellationToken: Laptop.Cancelled
        );

        Assert.Equal(variant ? "etl" : null, result.StructuredContent?.GetProperty("title").GetString());
    }

    [Theory]
    [InlineData(ResponseFormat.Sse, "text/event-stream")]
    [InlineData(ResponseFormat.Json, "application/json")]
    public async Task ResponseFormat_IsAsTheVariantSays(ResponseFormat variant, string contentType)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { ResponseFormat = variant });

        var reply = await laptop.PostMcpAsync(McpAccessTests.ToolsList);
        var mcp = await laptop.ConnectAsync();

        Assert.Equal(contentType, reply.ContentType);
        Assert.Single((await mcp.ManageAsync("list")).EnumerateArray());
    }

    [Fact]
    public async Task ErrorAnswer_Json_HasErrorAndStatus()
    {
        var (isError, text) = await RefusalAsync(ErrorAnswer.Json);

        Assert.True(isError);
        Assert.Equal(404, JsonDocument.Parse(text).RootElement.GetProperty("status").GetInt32());
        Assert.NotEmpty(JsonDocument.Parse(text).RootElement.GetProperty("error").GetString()!);
    }

    [Fact]
    public async Task ErrorAnswer_Text_IsASentence()
    {
        Assert.Equal((true, "OAuth client nobody not found"), await RefusalAsync(ErrorAnswer.Text));
    }

    [Fact]
    public async Task ErrorAnswer_JsonRpc_IsAProtocolError()
    {
        var error = await Assert.ThrowsAsync<McpProtocolException>(() => RefusalAsync(ErrorAnswer.JsonRpc));

        Assert.Equal(McpErrorCode.InvalidParams, error.ErrorCode);
        Assert.Contains("OAuth client nobody not found", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 1)]
    public async Task UniqueNames_DecidesOverASecondClientOfTheName(bool variant, int clients)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { UniqueNames = variant });
        var first = laptop.Emulator.CreateClient(laptop.User, "etl");
        var mcp = await laptop.ConnectAsync();

        var (isError, _) = await mcp.CallTextAsync("manage_oauth_clients", ("method", "create"), ("type", "m2m"), ("title", "etl"));
        await mcp.ManageAsync("update", ("id", first.Id), ("title", "etl"));

        Assert.Equal(variant, isError);
        Assert.Equal(clients, laptop.Emulator.Clients(laptop.User).Count);
    }

    [Theory]
    [InlineData(StoredNames.AsGiven, " Cafe\u0301  & <more>", " Cafe\u0301  & <more>")]
    [InlineData(StoredNames.Normalized, "Cafe\u0301", "Caf\u00e9")]
    [InlineData(StoredNames.Collapsed, " a  b   c ", "a b c")]
    [InlineData(StoredNames.Escaped, "a & b", "a &amp; b")]
    public async Task StoredNames_CreatedAndRenamed_AreKeptSo(StoredNames variant, string given, string kept)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { StoredNames = variant });
        var mcp = await laptop.ConnectAsync();

        await mcp.CallTextAsync("manage_oauth_clients", ("method", "create"), ("type", "m2m"), ("title", given));
        var client = Assert.Single(laptop.Emulator.Clients(laptop.User));
        await mcp.ManageAsync("update", ("id", client.Id), ("title", "!" + given.Trim()));

        Assert.Equal((kept, "!" + kept.Trim()), (client.Name, Assert.Single(laptop.Emulator.Clients(laptop.User)).Name));
    }

    [Theory]
    [InlineData(LongNames.Reject, true, null)]
    [InlineData(LongNames.Truncate, false, "abc")]
    public async Task MaxNameLength_Exceeded_IsRefusedOrCut(LongNames variant, bool isRefused, string? name)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { MaxNameLength = 3, LongNames = variant });
        var mcp = await laptop.ConnectAsync();

        var (isError, _) = await mcp.CallTextAsync("manage_oauth_clients", ("method", "create"), ("type", "m2m"), ("title", "abcd"));

        Assert.Equal(isRefused, isError);
        Assert.Equal(name, laptop.Emulator.Clients(laptop.User).SingleOrDefault()?.Name);
    }

    [Fact]
    public async Task Create_WithEmptyName_IsRefused()
    {
        await using var laptop = await Laptop.StartAsync();
        var mcp = await laptop.ConnectAsync();

        Assert.True((await mcp.CallTextAsync("manage_oauth_clients", ("method", "create"), ("type", "m2m"), ("title", " "))).IsError);
    }

    [Fact]
    public async Task ClientQuota_UsedUp_RefusesCreation()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { ClientQuota = 2 });
        var mcp = await laptop.ConnectAsync();
        await mcp.ManageAsync("create", ("title", "first"));

        var (isError, text) = await mcp.CallTextAsync("manage_oauth_clients", ("method", "create"), ("type", "m2m"), ("title", "second"));

        Assert.True(isError);
        Assert.Contains("403", text, StringComparison.Ordinal);
        Assert.Single(laptop.Emulator.Clients(laptop.User));
    }

    [Fact]
    public async Task Paging_PageAndLimit_ShowsEachClientOnce()
    {
        await using var laptop = await Laptop.StartAsync(
            new EmulatorVariants
            {
                Paging = Paging.PageAndLimit,
                PageSize = 3,
                ListShape = ListShape.Items,
            }
        );
        var expected = Populate(laptop, 6);
        var mcp = await laptop.ConnectAsync();

        var first = await mcp.ManageAsync("list");
        var pages = await Task.WhenAll(Enumerable.Range(1, 5).Select(p => mcp.ManageAsync("list", ("page", p), ("limit", 2))));

        Assert.Equal(expected.Take(3), Ids(first.GetProperty("items")));
        Assert.Equal(7, first.GetProperty("total").GetInt32());
        Assert.Equal(expected, pages.SelectMany(p => Ids(p.GetProperty("items"))));
        Assert.Empty(Ids(pages[4].GetProperty("items")));
        Assert.True((await mcp.CallTextAsync("manage_oauth_clients", ("method", "list"), ("type", "m2m"), ("limit", 4))).IsError);
    }

    [Fact]
    public async Task Paging_Cursor_ShowsEachClientOnceAlsoWhenOneGoes()
    {
        await using var laptop = await Laptop.StartAsync(
            new EmulatorVariants
            {
                Paging = Paging.Cursor,
                PageSize = 3,
                WrapInData = true,
            }
        );
        var expected = Populate(laptop, 6);
        var mcp = await laptop.ConnectAsync();
        List<string> seen = [];

        var page = await mcp.ManageAsync("list");
        laptop.Emulator.DeleteClient(expected[1]);
        while (true)
        {
            seen.AddRange(Ids(page.GetProperty("data")));
            if (page.GetProperty("nextCursor").GetString() is not { } cursor)
            {
                break;
            }

            page = await mcp.ManageAsync("list", ("cursor", cursor));
        }

        Assert.Equal(expected, seen);
        Assert.True((await mcp.CallTextAsync("manage_oauth_clients", ("method", "list"), ("type", "m2m"), ("cursor", "?"))).IsError);
    }

    [Fact]
    public async Task ListLagLists_HidesANewClientFromThatManyLists()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { ListLagLists = 2 });
        var mcp = await laptop.ConnectAsync();
        var created = await mcp.ManageAsync("create", ("title", "etl"));

        List<int> lengths = [];
        for (var i = 0; i < 3; i++)
        {
            lengths.Add((await mcp.ManageAsync("list")).GetArrayLength());
        }

        Assert.Equal([1, 1, 2], lengths);
        Assert.NotEmpty((await mcp.ManageAsync("get", ("id", created.GetProperty("clientId").GetString()!))).GetRawText());
    }

    [Fact]
    public async Task ListLag_HidesANewClientForThatTime()
    {
        FakeTimeProvider clock = new();
        await using var laptop = await Laptop.StartAsync(
            new CartoEmulatorOptions
            {
                TimeProvider = clock,
                Variants = new EmulatorVariants { ListLag = TimeSpan.FromSeconds(5) },
            }
        );
        var mcp = await laptop.ConnectAsync();
        await mcp.ManageAsync("create", ("title", "etl"));

        clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(1, (await mcp.ManageAsync("list")).GetArrayLength());
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, (await mcp.ManageAsync("list")).GetArrayLength());
    }

    [Fact]
    public async Task Variants_SetAtRunTime_TakeEffectWithTheNextCall()
    {
        await using var laptop = await Laptop.StartAsync();
        var mcp = await laptop.ConnectAsync();

        laptop.Emulator.Variants = laptop.Emulator.Variants with { WrapInData = true };

        Assert.Equal(1, (await mcp.ManageAsync("list")).GetProperty("data").GetArrayLength());
    }

    public static TheoryData<EmulatorVariants> Contradictions =>
        [
            new EmulatorVariants { IdArgument = "title" },
            new EmulatorVariants { DeleteIdArgument = "kind" },
            new EmulatorVariants { HttpApi = new HttpApi { BasePath = "accounts" } },
            new EmulatorVariants { HttpApi = new HttpApi { Get = "/oauth-clients" } },
            new EmulatorVariants { HttpApi = new HttpApi { Get = "GET /oauth-clients" } },
            new EmulatorVariants
            {
                HttpApi = new HttpApi { Paging = Paging.Cursor, ListField = null },
            },
            new EmulatorVariants { DeleteConfirmation = "id" },
            new EmulatorVariants { StatusBesideData = true },
            new EmulatorVariants { CustomerTools = 41 },
            new EmulatorVariants { ExtraArguments = ["title"] },
            new EmulatorVariants { TypeValues = ["spa"] },
            new EmulatorVariants { Methods = new MethodNames { Get = "list" } },
            new EmulatorVariants
            {
                Methods = new MethodNames { Delete = null },
                DeleteVia = DeleteVia.Both,
            },
            new EmulatorVariants { Paging = Paging.Cursor },
            new EmulatorVariants { PageSize = 0 },
            new EmulatorVariants { TokenLifetime = TimeSpan.Zero },
        ];

    [Theory]
    [MemberData(nameof(Contradictions), DisableDiscoveryEnumeration = true)]
    public async Task Variants_ThatContradictEachOther_AreRefused(EmulatorVariants variants)
    {
        await using var laptop = await Laptop.StartAsync();

        Assert.Throws<ArgumentException>(() => laptop.Emulator.Variants = variants);
        Assert.Equal(new EmulatorVariants { TypeValues = laptop.Emulator.Variants.TypeValues }, laptop.Emulator.Variants);
    }

    // The order in which the schema's members are read is of no meaning; this one makes it stable.
    private static readonly IComparer<string> MemberOrder = Comparer<string>.Create((a, b) => Rank(a).CompareTo(Rank(b)));

    private static int Rank(string name) =>
        name switch
        {
            "method" or "action" => 0,
            "type" => 1,
            "title" or "name" => 2,
            _ => 3,
        };

    private static async Task<(bool IsError, string Text)> RefusalAsync(ErrorAnswer variant)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { ErrorAnswer = variant });
        var mcp = await laptop.ConnectAsync();
        return await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", "nobody"));
    }

    private static List<string> Populate(Laptop laptop, int count) =>
        [laptop.User.ClientId, .. Enumerable.Range(0, count).Select(i => laptop.Emulator.CreateClient(laptop.User, $"client {i}").Id)];

    private static async Task<JsonElement> SchemaAsync(EmulatorVariants variants)
    {
        await using var laptop = await Laptop.StartAsync(variants);
        return await SchemaAsync(await laptop.ConnectAsync(), "manage_oauth_clients");
    }

    private static async Task<JsonElement> SchemaAsync(McpClient mcp, string tool) =>
        (await mcp.ListToolsAsync(cancellationToken: Laptop.Cancelled)).Single(t => t.Name == tool).JsonSchema;

    private static JsonElement Json((bool IsError, string Text) answer)
    {
        Assert.False(answer.IsError, answer.Text);
        return JsonDocument.Parse(answer.Text).RootElement;
    }

    private static JsonElement Property(JsonElement schema, string name) => schema.GetProperty("properties").GetProperty(name);

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(m => m.Name);

    private static IEnumerable<string> Strings(JsonElement array) => array.EnumerateArray().Select(e => e.GetString()!);

    private static IEnumerable<string> Ids(JsonElement array) => array.EnumerateArray().Select(c => c.GetProperty("clientId").GetString()!);
}
