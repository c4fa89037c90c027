using Carto.Emulator;
using Operator.Commands;
using Operator.Contracts;
using Operator.TestKit;
using Operator.TestKit.Leaks;

namespace Operator.Tests.Commands;

/// <summary>What <c>operator check</c> says of a CARTO that nobody has seen, and what it writes down of it for others.</summary>
public sealed class FirstContactTests(KubernetesServer server)
{
    private const string Overwrite = "WRITE_GOLDEN";

    private static readonly Dictionary<string, EmulatorVariants> Variants = new()
    {
        ["likely"] = EmulatorVariants.Likely,
        ["single-tools"] = EmulatorVariants.Likely with { CredentialsTools = CredentialsTools.Separate },
        ["list-of-ids"] = EmulatorVariants.Likely with
        {
            DeleteIdArgument = "ids",
            DeleteIdAsList = true,
            DeleteConfirmation = "confirm",
            Paging = Paging.Cursor,
            ListShape = ListShape.Items,
            PageSize = 2,
            StructuredContent = true,
            ErrorAnswer = ErrorAnswer.Json,
        },
        ["unknown-argument"] = EmulatorVariants.Likely with { NameArgument = "appellation" },
        ["http-api"] = EmulatorVariants.Likely with
        {
            CredentialsTools = CredentialsTools.None,
            HttpApi = new HttpApi
            {
                Served = true,
                Paging = Paging.Cursor,
                PageSize = 2,
            },
        },
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> VariantNames => [.. Variants.Keys];

    [Fact]
    public async Task Check_Likely_AnswersTheUnknowns()
    {
        await using var world = await ToolWorld.CreateAsync(server, Variants["list-of-ids"]);
        await world.ApplyAccountAsync();

        var result = await world.RunAsync("check", ToolWorld.Account, "--create", "-o", "json");

        Assert.True(result.ExitCode == 0, result.ToString());
        var answers = Answers(result);
        Assert.Equal($"{world.BaseUrl}/mcp/{world.User.AccountId}", answers["address"]);
        Assert.Equal("carto-emulator 1.0.0, protocol 2025-06-18", answers["server"]);
        Assert.Matches("^[0-9]{2} in 4 pages, 1[0-9]{2} KiB$", answers["tools"]);
        Assert.Equal("found: manage_oauth_clients(method=create, clientType=m2m, title)", answers["create"]);
        Assert.Equal("found: delete(kind=oauth_client, confirm=True, ids[])", answers["delete"]);
        Assert.Equal("listed", answers["own client"]);
        Assert.Equal("1 page", answers["paging"]);
        Assert.Equal("app_type: non_interactive, spa", answers["types in the list"]);
        Assert.Equal("1", answers["not M2M clients"]);
        Assert.Equal("not shown", answers["secrets in the list"]);
        Assert.Equal("no two of 2 share one, which does not prove that none may", answers["names"]);
        Assert.Equal(("shown", "shown"), (answers["secret in create"], answers["secret in get"]));
        Assert.Equal("at once", answers["token of a new client"]);
        Assert.Equal("found: manage_oauth_clients(method=update, clientType=m2m, client_id, title)", answers["rename"]);
        Assert.Equal("stored as sent", answers["name after a rename"]);
        Assert.StartsWith("HTTP 200, JSON with ", answers["delete answers"], StringComparison.Ordinal);
        Assert.StartsWith("HTTP 200, marked as an error, JSON with ", answers["missing client"], StringComparison.Ordinal);
        Assert.EndsWith("not found\", read as missing", answers["missing client"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_NewClientThatGetsNoTokenYet_WaitsForIt()
    {
        await using var world = await ToolWorld.CreateAsync(server, EmulatorVariants.Likely with { GrantLagRequests = 3 });
        await world.ApplyAccountAsync();
        var time = new HastyTime();
        world.Time = time;

        var result = await world.RunAsync("check", ToolWorld.Account, "--create", "-o", "json");

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Matches(@"^after \d+\.\d s, at attempt 4; before: Forbidden$", Answers(result)["token of a new client"]);
        Assert.InRange(time.Skipped, TimeSpan.FromSeconds(7), TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Check_RenameThatFails_LeavesTheAccountWorking()
    {
        await using var world = await ToolWorld.CreateAsync(server, EmulatorVariants.Likely);
        await world.ApplyAccountAsync();
        world.Carto.Faults.Add(
            new Fault
            {
                Kind = FaultKind.ToolError,
                Operation = Operation.Update,
                Message = "titles are for ever",
                Count = null,
            }
        );

        var result = await world.RunAsync("check", ToolWorld.Account, "--create");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("rename        warning   it does not work\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("titles are for ever", result.Output, StringComparison.Ordinal);
        Assert.Empty(world.Carto.Clients(world.User));
    }

    [Theory]
    [InlineData(M2MTokenAccess.EmptyList)]
    [InlineData(M2MTokenAccess.UserNotFound)]
    public async Task Check_OwnClientThatIsNotListed_AdvisesAUsersTokenAndCreatesNothing(M2MTokenAccess access)
    {
        await using var world = await ToolWorld.CreateAsync(server, EmulatorVariants.Likely with { M2MTokenAccess = access });
        await world.ApplyAccountAsync();

        var result = await world.RunAsync("check", ToolWorld.Account, "--create");

        Assert.Equal(ExitCodes.NotPermitted, result.ExitCode);
        Assert.Contains($"list          failed    {Reasons.OwnClientNotListed}\n", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"own client +not listed\n", result.Output);
        Assert.Contains("spec.auth.accessToken or spec.auth.refreshToken", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Carto.AllClients(), client => !client.CameWithUser);
    }

    [Theory]
    [InlineData("appellation", "id", "create")]
    [InlineData("title", "which", "get")]
    public async Task Check_WhatCannotBeBound_IsSaidWithWhatToWrite(string name, string id, string operation)
    {
        await using var world = await ToolWorld.CreateAsync(
            server,
            EmulatorVariants.Likely with
            {
                NameArgument = name,
                IdArgument = id,
                DeleteVia = DeleteVia.ManageTool,
            }
        );
        await world.ApplyAccountAsync();
        var before = await world.RunAsync("check", ToolWorld.Account, "-o", "json");

        Assert.Equal(ExitCodes.UnsupportedApi, before.ExitCode);
        Assert.Equal("not bound", Answers(before)[operation]);
        Assert.DoesNotContain("a user's token", before.Output, StringComparison.Ordinal);
        var suggestion = before.Json.GetProperty("suggestion").GetString()!;
        await world.Place.Kubectl.RunAsync(["patch", "cartoaccount", "ours", "--type=merge", "--patch", suggestion], Cancel);
        var after = await world.RunAsync("check", ToolWorld.Account, "--create", "-o", "json");

        Assert.True(after.ExitCode == 0, suggestion + after);
        Assert.StartsWith("given: manage_oauth_clients(", Answers(after)[operation], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_NoToolForClients_ShowsHowToDescribeAnHttpApi()
    {
        await using var world = await ToolWorld.CreateAsync(
            server,
            EmulatorVariants.Likely with
            {
                CredentialsTools = CredentialsTools.None,
            }
        );
        await world.ApplyAccountAsync();

        var result = await world.RunAsync("check", ToolWorld.Account);

        Assert.Equal(ExitCodes.UnsupportedApi, result.ExitCode);
        Assert.Contains("carto --debug credentials list m2m --json", result.Output, StringComparison.Ordinal);
        Assert.Contains("\n    http:\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(VariantNames))]
    public async Task Record_OfAVariant_HoldsNothingOfTheAccountAndIsTheFixture(string variant)
    {
        await using var world = await ToolWorld.CreateAsync(server, Variants[variant]);
        using var hunt = new LeakHunt(() => world.Carto.SecretsEverIssued);
        await ApplyAsync(world, variant);
        string[] theirs = ["Payroll of Ana Lopez", "acquisition-of-contoso", "ana@example.com"];
        Assert.All(theirs, name => world.Carto.CreateClient(world.User, name));
        var file = world.File("") + ".json";

        var result = await world.RunAsync("check", ToolWorld.Account, "--create", "--record", file);

        Assert.Equal(variant == "unknown-argument" ? ExitCodes.UnsupportedApi : 0, result.ExitCode);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        var record = await File.ReadAllTextAsync(file, Cancel);
        hunt.Check("the record", record);
        hunt.AssertNothing();
        string[] ours =
        [
            .. theirs,
            .. world.Carto.AllClients().SelectMany(client => new[] { client.Id, client.Name, client.Secret }),
            world.User.AccountId,
            world.User.UserId,
            world.User.ClientId,
            world.User.ClientSecret,
            world.Carto.BaseUrl.Host,
            $":{world.Carto.BaseUrl.Port}",
            world.Namespace,
            "carto-operator check",
            "delete_old_rows",
            "create_client_report",
            "siteSelectionMadrid",
        ];
        Assert.All(ours, value => Assert.DoesNotContain(value, record, StringComparison.OrdinalIgnoreCase));
        var fixture = Repository.PathOf("tests", "Operator.Tests", "Commands", "records", $"{variant}.json");
        if (Environment.GetEnvironmentVariable(Overwrite) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(fixture)!);
            await File.WriteAllTextAsync(fixture, record, Cancel);
        }

        Assert.True(File.Exists(fixture), $"{fixture} does not exist; {Overwrite}=1 writes it.");
        Assert.Equal(WithoutSizes(await File.ReadAllTextAsync(fixture, Cancel)), WithoutSizes(record));
    }

    [Theory]
    [InlineData("likely", "found: manage_oauth_clients(method=create, clientType=m2m, title)", "found: delete(kind=oauth_client, id)")]
    [InlineData(
        "single-tools",
        "found: create_oauth_client(clientType=m2m, title)",
        "found: delete_oauth_client(clientType=m2m, client_id)"
    )]
    [InlineData(
        "list-of-ids",
        "found: manage_oauth_clients(method=create, clientType=m2m, title)",
        "found: delete(kind=oauth_client, confirm=True, ids[])"
    )]
    public async Task Replay_OfARecord_BindsAsTheAccountDid(string variant, string create, string delete)
    {
        await using var world = await ToolWorld.CreateAsync(server);

        var result = await world.RunAloneAsync("check", "--replay", RecordOf(variant), "-o", "json");

        Assert.True(result.ExitCode == 0, result.ToString());
        var answers = Answers(result);
        Assert.Equal((create, delete), (answers["create"], answers["delete"]));
        Assert.Equal("id in clientId, name in title, no secret, creation time in created_at, type in app_type", answers["list: list"]);
        Assert.Equal(
            "id in clientId, name in title, secret in clientSecret, creation time in created_at, type in app_type",
            answers["create: create"]
        );
        Assert.Equal(("success", "success"), (answers["rename: rename"], answers["revoke: delete"]));
        Assert.StartsWith("NotFound: ", answers["missing: get"], StringComparison.Ordinal);
        Assert.EndsWith(
            "Nothing that is needed is missing in the record.\n",
            (await world.RunAloneAsync("check", "--replay", RecordOf(variant))).Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Replay_OfARecordWithAnUnknownArgument_SaysWhatIsMissingAndWhatToWrite()
    {
        await using var world = await ToolWorld.CreateAsync(server);

        var result = await world.RunAloneAsync("check", "--replay", RecordOf("unknown-argument"));

        Assert.Equal(ExitCodes.UnsupportedApi, result.ExitCode);
        Assert.Contains("has no argument for the client's name", result.Output, StringComparison.Ordinal);
        Assert.Contains("nameArgument: appellation\n", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("\nThe operator cannot work with such an account.\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_OfAnHttpApi_TellsWhatIsReadOfItsAnswers()
    {
        await using var world = await ToolWorld.CreateAsync(server);

        var result = await world.RunAloneAsync("check", "--replay", RecordOf("http-api"), "-o", "json");

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("HTTP", Answers(result)["interface"]);
        Assert.StartsWith("id in clientId, ", Answers(result)["list: list"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Record_IntoAFileThatExists_IsRefusedBeforeAnythingIsTried()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var file = world.File("mine");

        var result = await world.RunAsync("check", ToolWorld.Account, "--record", file);

        Assert.Equal((ExitCodes.Usage, ""), (result.ExitCode, result.Output));
        Assert.Equal($"operator: --record: the file {file} exists: name one that does not\n", result.Error);
        Assert.Equal("mine", await File.ReadAllTextAsync(file, Cancel));
        Assert.Empty(world.Carto.Calls.Latest);
    }

    [Theory]
    [InlineData("--create")]
    [InlineData("--record", "/tmp/record.json")]
    [InlineData("--api-base-url", "https://a.example.com")]
    [InlineData("cartoaccount/ours")]
    public async Task Replay_WithAnAccount_IsRefused(params string[] others)
    {
        await using var world = await ToolWorld.CreateAsync(server);

        var result = await world.RunAloneAsync(["check", "--replay", RecordOf("likely"), .. others]);

        Assert.Equal(ExitCodes.Usage, result.ExitCode);
        Assert.StartsWith("operator: --replay: does not go with ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("no JSON")]
    [InlineData("""{"format":"carto-operator record 2"}""")]
    public async Task Replay_OfAFileThatIsNoRecord_SaysSo(string content)
    {
        await using var world = await ToolWorld.CreateAsync(server);

        var result = await world.RunAloneAsync("check", "--replay", world.File(content));

        Assert.Equal(ExitCodes.Usage, result.ExitCode);
        Assert.Contains("it is not a record of this format", result.Error, StringComparison.Ordinal);
    }

    private static string RecordOf(string variant) =>
        Repository.PathOf("tests", "Operator.Tests", "Commands", "records", $"{variant}.json");

    private static async Task ApplyAsync(ToolWorld world, string variant)
    {
        await world.ApplyAccountAsync();
        if (variant == "http-api")
        {
            await world.Place.Kubectl.RunAsync(
                [
                    "patch",
                    "cartoaccount",
                    "ours",
                    "--type=merge",
                    "--patch",
                    $$$"""
                    spec:
                      http:
                        baseUrl: {{{world.BaseUrl}}}/accounts-api
                        operations:
                          list: {method: GET, path: /oauth-clients}
                          create: {method: POST, path: /oauth-clients, body: '{"title": "${name}"}'}
                          get: {method: GET, path: '/oauth-clients/${id}'}
                          rename: {method: PATCH, path: '/oauth-clients/${id}', body: '{"title": "${name}"}'}
                          delete: {method: DELETE, path: '/oauth-clients/${id}'}
                        paging: {parameter: cursor, by: Cursor}
                    """,
                ],
                Cancel
            );
        }
    }

    // Sizes vary with the length of IDs and the version with the build.
    private static string WithoutSizes(string record) =>
        string.Join('\n', record.Split('\n').Where(line => !line.Contains("\"toolBytes\"") && !line.Contains("\"operator\"")));

    private static Dictionary<string, string> Answers(ToolResult result) =>
        result
            .Json.GetProperty("answers")
            .EnumerateArray()
            .GroupBy(answer => answer.GetProperty("unknown").GetString()!)
            .ToDictionary(group => group.Key, group => group.First().GetProperty("answer").GetString()!);
}
