using System.Text.Json;
using Operator.Carto.Clients;
using Operator.Carto.Mcp;

namespace Operator.Carto.Tests.Mcp;

public sealed class ToolBinderTests
{
    private const string Flat = """
        {"type":"object","properties":{
          "method":{"type":"string","enum":["list","get","create","update","delete"]},
          "type":{"type":"string","enum":["m2m"]},
          "title":{"type":"string"},"id":{"type":"string"}},"required":["method"]}
        """;

    private const string DeleteOnly = """
        {"type":"object","properties":{
          "kind":{"type":"string","enum":["map","workflow","connection","token","oauth_client","project_item"]},
          "id":{"type":"string"}},"required":["kind","id"]}
        """;

    [Fact]
    public void Bind_LikelySchema_BindsAllFive()
    {
        var bindings = Bind(Flat);

        Assert.Equal(
            [
                "create: manage_oauth_clients(method=create, type=m2m, title)",
                "list: manage_oauth_clients(method=list, type=m2m)",
                "get: manage_oauth_clients(method=get, id)",
                "rename: manage_oauth_clients(method=update, id, title)",
                "delete: manage_oauth_clients(method=delete, id)",
            ],
            bindings.Describe()
        );
        Assert.Empty(bindings.Warnings());
    }

    [Fact]
    public void Arguments_OfACall_AreThoseOfTheSchemaAndNoOthers()
    {
        var rename = Bind(Flat).Require(ClientOperation.Rename).Arguments("abc", "new");

        Assert.Equal(["id=abc", "method=update", "title=new"], rename.Select(pair => $"{pair.Key}={pair.Value}").Order());
        Assert.Equal(
            ["method=list", "type=m2m"],
            Bind(Flat).Require(ClientOperation.List).Arguments().Select(pair => $"{pair.Key}={pair.Value}").Order()
        );
    }

    [Theory]
    [InlineData("method")]
    [InlineData("Action")]
    [InlineData("operation")]
    public void Bind_SelectorByAnyKnownName_IsFound(string selector) =>
        Assert.Contains(
            $"{selector}=list",
            Bind(Flat.Replace("method", selector, StringComparison.Ordinal)).Describe()[1],
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("create", "add")]
    [InlineData("create", "create_oauth_client")]
    [InlineData("create", "create-m2m-client")]
    [InlineData("delete", "remove")]
    [InlineData("delete", "revoke_client")]
    [InlineData("update", "edit")]
    [InlineData("get", "describe")]
    public void Bind_ValueByAnyKnownVerb_IsSentAsTheSchemaSpellsIt(string word, string spelled)
    {
        var bindings = Bind(Flat.Replace($"\"{word}\"", $"\"{spelled}\"", StringComparison.Ordinal));

        Assert.Equal(5, bindings.Describe().Count);
        Assert.Contains(bindings.Describe(), line => line.Contains($"method={spelled}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("create_user")]
    [InlineData("recreate")]
    [InlineData("createToken")]
    public void Bind_ValueThatMayMeanSomethingElse_IsNotGuessed(string value)
    {
        var bindings = Bind(Flat.Replace("\"create\"", $"\"{value}\"", StringComparison.Ordinal));

        var message = Assert.Throws<CartoException>(bindings.RequireNeeded).Error.Message;
        Assert.Contains(
            "create: the argument method of manage_oauth_clients has no value that means create",
            message,
            StringComparison.Ordinal
        );
        Assert.Contains(value, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("title", "name")]
    [InlineData("title", "displayName")]
    [InlineData("title", "client_name")]
    [InlineData("id", "client_id")]
    [InlineData("id", "oauthClientId")]
    public void Bind_NameOrIdByAnyKnownName_IsFound(string argument, string spelled)
    {
        var bindings = Bind(Flat.Replace($"\"{argument}\"", $"\"{spelled}\"", StringComparison.Ordinal));

        Assert.Contains(spelled, bindings.Require(ClientOperation.Rename).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_TwoArgumentsForTheId_IsNotGuessed()
    {
        var bindings = Bind(Flat.Replace("\"id\":", "\"client_id\":{\"type\":\"string\"},\"id\":", StringComparison.Ordinal));

        Assert.NotNull(bindings.Find(ClientOperation.Create));
        Assert.Null(bindings.Find(ClientOperation.Get));
        var message = Assert.Throws<CartoException>(() => bindings.Require(ClientOperation.Delete)).Error.Message;
        Assert.Contains("several arguments that may take the client's id (client_id, id)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_TwoArgumentsForTheIdOfWhichOneIsRequired_TakesThatOne()
    {
        var schema = """
            {"oneOf":[{"properties":{"method":{"const":"delete"},"client_id":{"type":"string"},"id":{"type":"string"}},"required":["method","client_id"]}]}
            """;

        Assert.Equal("manage_oauth_clients(method=delete, client_id)", Bind(schema).Require(ClientOperation.Delete).ToString());
    }

    [Fact]
    public void Bind_SeveralTypes_SendsM2MWhereClientsAreMadeOrListed()
    {
        var bindings = Bind(Flat.Replace("[\"m2m\"]", "[\"spa\",\"M2M\",\"regular\"]", StringComparison.Ordinal));

        Assert.Equal("manage_oauth_clients(method=create, type=M2M, title)", bindings.Require(ClientOperation.Create).ToString());
        Assert.Equal("manage_oauth_clients(method=delete, id)", bindings.Require(ClientOperation.Delete).ToString());
    }

    [Fact]
    public void Bind_RequiredArgumentThatNobodyKnows_IsNamed()
    {
        var schema = Flat.Replace("\"id\":", "\"approval\":{\"type\":\"string\"},\"id\":", StringComparison.Ordinal)
            .Replace("[\"method\"]", "[\"method\",\"approval\"]", StringComparison.Ordinal);

        var message = Assert.Throws<CartoException>(Bind(schema).RequireNeeded).Error.Message;

        Assert.Contains("requires the argument approval", message, StringComparison.Ordinal);
        Assert.Contains("manage_oauth_clients", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"const":"v1"}""", "v1")]
    [InlineData("""{"enum":["v1"]}""", "v1")]
    [InlineData("""{"type":"string","default":"v1"}""", "v1")]
    [InlineData("""{"type":"boolean","default":false}""", "False")]
    public void Bind_RequiredArgumentThatTheSchemaFills_IsSentAsItSays(string argument, string value)
    {
        var schema = Flat.Replace("\"id\":", $"\"version\":{argument},\"id\":", StringComparison.Ordinal)
            .Replace("[\"method\"]", "[\"method\",\"version\"]", StringComparison.Ordinal);

        Assert.Equal(value, Bind(schema).Require(ClientOperation.Create).Arguments(name: "x")["version"].ToString());
    }

    [Fact]
    public void Bind_TypeThatMustBeSaidAndIsNotListed_IsNamed()
    {
        var schema = Flat.Replace(",\"enum\":[\"m2m\"]", "", StringComparison.Ordinal)
            .Replace("[\"method\"]", "[\"method\",\"type\"]", StringComparison.Ordinal);

        Assert.Contains(
            "requires the argument type",
            Assert.Throws<CartoException>(Bind(schema).RequireNeeded).Error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Bind_SelectorWithoutValues_IsNotGuessed()
    {
        var message = Assert
            .Throws<CartoException>(
                Bind("""{"properties":{"method":{"type":"string"},"title":{"type":"string"},"id":{"type":"string"}}}""").RequireNeeded
            )
            .Error.Message;

        Assert.Contains(
            "create, list, delete: manage_oauth_clients does not list the values of its argument method",
            message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("true")]
    [InlineData("""{"type":"object"}""")]
    [InlineData("""{"properties":[]}""")]
    [InlineData("""{"properties":{"verb":{"enum":["list"]}}}""")]
    public void Bind_NoSelector_SaysWhatIsOffered(string schema)
    {
        var error = Assert.Throws<CartoException>(Bind(schema).RequireNeeded).Error;

        Assert.Equal(CartoErrorKind.Unsupported, error.Kind);
        Assert.Contains("no argument method, action, operation", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            schema.Contains("verb", StringComparison.Ordinal) ? "verb (list)" : "none",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Bind_NoSuchTool_SaysWhichToolsThereAre()
    {
        var message = Assert
            .Throws<CartoException>(ToolBinder.Bind([Tool("execute_query", "{}"), Tool("delete", DeleteOnly)]).RequireNeeded)
            .Error.Message;

        Assert.Contains("no tool manage_oauth_clients", message, StringComparison.Ordinal);
        Assert.Contains("execute_query, delete", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_DeleteOnlyInTheOtherTool_TakesThat()
    {
        var bindings = ToolBinder.Bind([
            Tool("manage_oauth_clients", Flat.Replace(",\"delete\"", "", StringComparison.Ordinal)),
            Tool("delete", DeleteOnly),
        ]);

        Assert.Equal("delete(kind=oauth_client, id)", bindings.Require(ClientOperation.Delete).ToString());
    }

    [Fact]
    public void Bind_DeleteNowhere_NamesBothTools()
    {
        var bindings = ToolBinder.Bind([
            Tool("manage_oauth_clients", Flat.Replace(",\"delete\"", "", StringComparison.Ordinal)),
            Tool("delete", DeleteOnly.Replace("\"oauth_client\",", "", StringComparison.Ordinal)),
        ]);

        var message = Assert.Throws<CartoException>(bindings.RequireNeeded).Error.Message;
        Assert.Contains("has no value that means delete", message, StringComparison.Ordinal);
        Assert.Contains("The tool delete has no argument kind, type", message, StringComparison.Ordinal);
        Assert.Contains("project_item", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("oneOf")]
    [InlineData("anyOf")]
    public void Bind_BranchAnOperation_BindsEachByItsOwn(string keyword)
    {
        var schema = """
            {"type":"object","properties":{"method":{"enum":["list","create","delete"]}},"required":["method"],"KEYWORD":[
              {"properties":{"method":{"const":"list"}}},
              {"properties":{"method":{"const":"create"},"name":{"type":"string","maxLength":64},"type":{"const":"m2m"}},"required":["name","type"]},
              {"properties":{"method":{"const":"delete"},"clientId":{"type":"string"}},"required":["clientId"]}]}
            """.Replace("KEYWORD", keyword, StringComparison.Ordinal);

        var bindings = Bind(schema);

        Assert.Equal(
            [
                "create: manage_oauth_clients(method=create, type=m2m, name)",
                "list: manage_oauth_clients(method=list)",
                "delete: manage_oauth_clients(method=delete, clientId)",
            ],
            bindings.Describe()
        );
        Assert.Equal(64, bindings.Require(ClientOperation.Create).MaxNameLength);
        Assert.Equal(2, bindings.Warnings().Count);
    }

    [Fact]
    public void Bind_ReferencesAndAllOf_AreFollowed()
    {
        var schema = """
            {"$ref":"#/$defs/Arguments","$defs":{
              "Arguments":{"oneOf":[{"$ref":"#/$defs/List"},{"$ref":"#/$defs/Create"},{"$ref":"#/$defs/Delete"}]},
              "Id":{"type":["string","null"]},
              "Base":{"properties":{"dry_run":{"type":"boolean"}}},
              "List":{"allOf":[{"$ref":"#/$defs/Base"},{"properties":{"action":{"const":"list"}},"required":["action"]}]},
              "Create":{"properties":{"action":{"anyOf":[{"const":"create"}]},"title":{"type":"string"}},"required":["action","title"]},
              "Delete":{"properties":{"action":{"const":"delete"},"id":{"$ref":"#/$defs/Id"}},"required":["action","id"]}}}
            """;

        Assert.Equal(
            [
                "create: manage_oauth_clients(action=create, title)",
                "list: manage_oauth_clients(action=list)",
                "delete: manage_oauth_clients(action=delete, id)",
            ],
            Bind(schema).Describe()
        );
    }

    [Fact]
    public void Bind_SchemaThatRefersToItselfOrElsewhere_Ends()
    {
        Bind("""{"$ref":"#"}""");
        Bind("""{"oneOf":[{"$ref":"#"},{"$ref":"#"}]}""");
        Bind("""{"$ref":"https://example.com/schema"}""");
        Bind("""{"properties":{"method":{"anyOf":[{"$ref":"#/properties/method"}]}}}""");
    }

    [Theory]
    [InlineData("""{"cursor":{"type":"string"},"page":{"type":"integer"}}""", "cursor")]
    [InlineData("""{"pageToken":{"type":["string","null"]}}""", "pageToken")]
    [InlineData("""{"page":{"type":"integer"}}""", "page")]
    [InlineData("""{"offset":{"type":"integer"}}""", "offset")]
    public void Bind_PagingArguments_AreKnown(string arguments, string expected)
    {
        var schema = Flat.Replace("\"id\":", $"{arguments[1..^1]},\"id\":", StringComparison.Ordinal);

        Assert.Equal(expected, Bind(schema).Require(ClientOperation.List).Paging?.Argument);
        Assert.DoesNotContain(expected, Bind(schema).Require(ClientOperation.List).Arguments().Keys);
    }

    [Fact]
    public void Bind_PageLengthWithAMaximum_IsAskedForAndWithoutIsNot()
    {
        var with = Flat.Replace("\"id\":", "\"limit\":{\"type\":\"integer\",\"maximum\":200},\"id\":", StringComparison.Ordinal);
        var without = Flat.Replace("\"id\":", "\"limit\":{\"type\":\"integer\"},\"id\":", StringComparison.Ordinal);

        Assert.Equal(200, Bind(with).Require(ClientOperation.List).Arguments()["limit"].GetInt32());
        Assert.DoesNotContain("limit", Bind(without).Require(ClientOperation.List).Arguments().Keys);
    }

    [Fact]
    public void Bind_ToolForEachOperation_TakesThoseOfExactNamesOnly()
    {
        const string id = """{"type":"object","properties":{"client_id":{"type":"string"}},"required":["client_id"]}""";
        const string name = """{"type":"object","properties":{"title":{"type":"string"}},"required":["title"]}""";
        var bindings = ToolBinder.Bind([
            Tool("create_client_report", name),
            Tool("delete_old_rows", id),
            Tool("list_clients_by_region", "{}"),
            Tool("create_oauth_client", name),
            Tool("listOAuthClients", "{}"),
            Tool("delete-oauth-client", id),
            Tool("get_m2m_client", id),
        ]);

        Assert.Equal(
            [
                "create: create_oauth_client(title)",
                "list: listOAuthClients()",
                "get: get_m2m_client(client_id)",
                "delete: delete-oauth-client(client_id)",
            ],
            bindings.Describe()
        );
    }

    [Fact]
    public void Bind_TwoToolsThatMayDoIt_IsNotGuessed()
    {
        const string name = """{"properties":{"title":{"type":"string"}}}""";

        var error = Assert
            .Throws<CartoException>(() =>
                ToolBinder.Bind([Tool("create_oauth_client", name), Tool("create_m2m_client", name)]).Require(ClientOperation.Create)
            )
            .Error;

        Assert.Contains(
            "several tools may create a client (create_oauth_client, create_m2m_client)",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(
        """{"kind":KIND,"id":{"type":"string"},"confirm":{"type":"boolean"}}""",
        "id",
        "delete(kind=oauth_client, confirm=True, id)"
    )]
    [InlineData("""{"kind":KIND,"ids":{"type":"array","items":{"type":"string"}}}""", "ids", "delete(kind=oauth_client, ids[])")]
    [InlineData("""{"kind":KIND,"resourceId":{"type":"string"}}""", "resourceId", "delete(kind=oauth_client, resourceId)")]
    [InlineData("""{"kind":KIND,"what_ever":{"type":"string"}}""", "what_ever", "delete(kind=oauth_client, what_ever)")]
    public void Bind_DeletionByKind_FindsWhereTheIdGoes(string properties, string required, string expected)
    {
        var schema =
            $$"""{"properties":{{properties.Replace("KIND", """{"enum":["map","oauth_client"]}""", StringComparison.Ordinal)}},"required":["kind","{{required}}"]}""";

        var delete = ToolBinder.Bind([Tool("delete", schema)]).Require(ClientOperation.Delete);

        Assert.Equal(expected, delete.ToString());
        Assert.Equal(required == "ids" ? """["abc"]""" : "abc", delete.Arguments("abc")[required].ToString());
    }

    [Fact]
    public void Bind_DeletionThatOnlyTakesAName_IsNotGuessed() =>
        Assert.Null(
            ToolBinder
                .Bind([
                    Tool(
                        "delete",
                        """{"properties":{"kind":{"enum":["oauth_client"]},"name":{"type":"string"}},"required":["kind","name"]}"""
                    ),
                ])
                .Find(ClientOperation.Delete)
        );

    [Fact]
    public void Bind_GivenCalls_WinOverWhatIsFound()
    {
        const string odd = """
            {"type":"object","properties":{"do":{"type":"string","enum":["make","list"]},"caption":{"type":"string"},
              "strict":{"type":"boolean"},"depth":{"type":"integer"},"method":{"type":"string","enum":["create"]}}}
            """;
        var bindings = ToolBinder.Bind(
            [Tool("manage_oauth_clients", Flat), Tool("keys", odd)],
            new GivenCalls
            {
                Create = new GivenCall
                {
                    Tool = "keys",
                    Arguments = new Dictionary<string, string>
                    {
                        ["do"] = "make",
                        ["method"] = "create",
                        ["strict"] = "true",
                        ["depth"] = "2",
                    },
                    NameArgument = "caption",
                },
            }
        );

        Assert.Equal(
            "keys(do=make, method=create, strict=True, depth=2, caption), given in the spec",
            bindings.Require(ClientOperation.Create).ToString()
        );
        Assert.Equal("manage_oauth_clients(method=list, type=m2m)", bindings.Require(ClientOperation.List).ToString());
    }

    public static TheoryData<GivenCall, string> Wrong =>
        new()
        {
            {
                new GivenCall { Tool = "gone" },
                "spec.mcp.operations.create.tool: there is no tool gone; the server lists manage_oauth_clients"
            },
            {
                new GivenCall { NameArgument = "caption" },
                "spec.mcp.operations.create.nameArgument: manage_oauth_clients has no argument caption; its arguments are method"
            },
            {
                new GivenCall { Arguments = new Dictionary<string, string> { ["kind"] = "x" } },
                "spec.mcp.operations.create.arguments: manage_oauth_clients has no argument kind"
            },
            {
                new GivenCall { Arguments = new Dictionary<string, string> { ["method"] = "make" } },
                "spec.mcp.operations.create.arguments.method: make is not among what manage_oauth_clients takes: method (list, get"
            },
        };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Bind_GivenCallThatDoesNotFit_NamesTheFieldAndWhatThereIs(GivenCall given, string words)
    {
        var bindings = ToolBinder.Bind([Tool("manage_oauth_clients", Flat)], new GivenCalls { Create = given });

        Assert.Contains(words, Assert.Throws<CartoException>(bindings.RequireNeeded).Error.Message, StringComparison.Ordinal);
    }

    private static ToolBindings Bind(string schema) => ToolBinder.Bind([Tool("manage_users", Flat), Tool("manage_oauth_clients", schema)]);

    private static ToolDescription Tool(string name, string schema) => new(name, JsonDocument.Parse(schema).RootElement);
}
