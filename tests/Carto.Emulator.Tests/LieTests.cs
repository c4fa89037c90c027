using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace Carto.Emulator.Tests;

/// <summary>A CARTO that says what is not so.</summary>
public sealed class LieTests
{
    private const string List = """{"method":"list","type":"m2m"}""";

    [Fact]
    public async Task Answer_ToADeletion_ComesInItsPlaceAndNothingHappens()
    {
        await using var laptop = await Laptop.StartAsync();
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        laptop.Emulator.Faults.Add(Fault.Answer(Operation.Delete, """{"id":"{id}","deleted":false}"""));
        laptop.Emulator.Faults.Add(Fault.NoEffect(Operation.Delete));
        var mcp = await laptop.ConnectAsync();

        var friendly = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", client.Id));
        var usual = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", client.Id));

        Assert.Equal((false, $$"""{"id":"{{client.Id}}","deleted":false}"""), friendly);
        Assert.Equal((false, """{"success":true}"""), usual);
        Assert.Equal([client], laptop.Emulator.Clients(laptop.User));
        Assert.All(laptop.Emulator.Calls.Latest.Where(call => call.Operation == Operation.Delete), call => Assert.False(call.TookEffect));

        await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", client.Id));
        Assert.Empty(laptop.Emulator.Clients(laptop.User));
    }

    [Fact]
    public async Task Answer_AfterTheEffect_ComesAlthoughItHappened()
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.Answer(Operation.Create, "Error: quota exceeded") with { AfterEffect = true });
        var mcp = await laptop.ConnectAsync();

        var answer = await mcp.CallTextAsync("manage_oauth_clients", ("method", "create"), ("type", "m2m"), ("title", "etl"));

        Assert.Equal((false, "Error: quota exceeded"), answer);
        Assert.Single(laptop.Emulator.Clients(laptop.User));
    }

    [Fact]
    public async Task OddEntry_StandsInFrontOfTheOthers()
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.OddEntry());
        var mcp = await laptop.ConnectAsync();

        var odd = await mcp.ManageAsync("list");
        var next = await mcp.ManageAsync("list");

        Assert.Equal([false, true], odd.EnumerateArray().Select(entry => entry.TryGetProperty("clientId", out _)));
        Assert.Equal(1, next.GetArrayLength());
    }

    [Theory]
    [InlineData(ListShape.OAuthClients, """{"oauth_clients":[""")]
    [InlineData(ListShape.Markdown, "| ID | Title |\n|---|---|\n| ")]
    public async Task List_Shapes_AreWhatTheySay(ListShape shape, string beginning)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { ListShape = shape });
        var mcp = await laptop.ConnectAsync();

        var (isError, text) = await mcp.CallTextAsync("manage_oauth_clients", ("method", "list"), ("type", "m2m"));

        Assert.False(isError);
        Assert.StartsWith(beginning, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gone_HasTheStatusAndTheWordsOfTheVariants()
    {
        await using var laptop = await Laptop.StartAsync(
            new EmulatorVariants { GoneStatus = 500, GoneMessage = "No client with the id {id}" }
        );
        var mcp = await laptop.ConnectAsync();

        var read = await mcp.CallTextAsync("manage_oauth_clients", ("method", "get"), ("type", "m2m"), ("id", "x"));
        laptop.Emulator.Variants = laptop.Emulator.Variants with { ErrorAnswer = ErrorAnswer.Text };
        var deleted = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", "x"));

        Assert.Equal((true, """{"error":"No client with the id x","status":500}"""), read);
        Assert.Equal((true, "No client with the id x"), deleted);
    }

    [Theory]
    [InlineData("********", false, "********")]
    [InlineData("****{last4}", true, "****")]
    public async Task Masks_StandInPlaceOfSecrets(string mask, bool inCreate, string beginning)
    {
        await using var laptop = await Laptop.StartAsync(
            new EmulatorVariants
            {
                SecretMask = mask,
                MaskInCreate = inCreate,
                SecretInList = true,
            }
        );
        var mcp = await laptop.ConnectAsync();

        var created = await mcp.ManageAsync("create", ("title", "etl"));
        var client = Assert.Single(laptop.Emulator.Clients(laptop.User));
        var read = await mcp.ManageAsync("get", ("id", client.Id));
        var listed = (await mcp.ManageAsync("list")).EnumerateArray().Last();

        Assert.Equal(inCreate, created.GetProperty("clientSecret").GetString() != client.Secret);
        Assert.All([read, listed], shown =>
        {
            var secret = shown.GetProperty("clientSecret").GetString()!;
            Assert.StartsWith(beginning, secret, StringComparison.Ordinal);
            Assert.Equal(inCreate ? client.Secret[^4..] : "****", secret[^4..]);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Create_ThatTellsNoSecret_CreatesAllTheSame(bool pairOnly)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { SecretInCreate = false, CreateAnswersPairOnly = pairOnly });
        var mcp = await laptop.ConnectAsync();

        var created = await mcp.ManageAsync("create", ("title", "etl"));

        Assert.Equal(laptop.Emulator.Clients(laptop.User)[0].Id, created.GetProperty("clientId").GetString());
        Assert.False(created.TryGetProperty("clientSecret", out _));
    }

    [Fact]
    public async Task ListLagAfterDelete_ShowsWhatIsGone()
    {
        FakeTimeProvider clock = new();
        await using var laptop = await Laptop.StartAsync(new CartoEmulatorOptions { TimeProvider = clock });
        laptop.Emulator.Variants = new EmulatorVariants { ListLagListsAfterDelete = 2, ListLagAfterDelete = TimeSpan.FromMinutes(1) };
        laptop.Emulator.DeleteClient(laptop.Emulator.CreateClient(laptop.User, "gone").Id);
        laptop.Emulator.CreateClient(laptop.User, "there");
        var mcp = await laptop.ConnectAsync();

        Assert.Equal(["Account of ana", "gone", "there"], await NamesAsync());
        Assert.Equal(3, (await NamesAsync()).Length);
        Assert.Equal(3, (await NamesAsync()).Length);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Account of ana", "there"], await NamesAsync());

        async Task<string[]> NamesAsync() =>
            [.. (await mcp.ManageAsync("list")).EnumerateArray().Select(entry => entry.GetProperty("title").GetString()!)];
    }

    [Fact]
    public async Task GrantLag_RefusesTokensOfNewClientsForAWhile()
    {
        FakeTimeProvider clock = new();
        await using var laptop = await Laptop.StartAsync(new CartoEmulatorOptions { TimeProvider = clock });
        laptop.Emulator.Variants = new EmulatorVariants { GrantLagRequests = 1, GrantLag = TimeSpan.FromSeconds(10) };
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");

        var early = await laptop.GrantAsync(client.Id, client.Secret);
        clock.Advance(TimeSpan.FromSeconds(10));
        var once = await laptop.GrantAsync(client.Id, client.Secret);
        var then = await laptop.GrantAsync(client.Id, client.Secret);
        var own = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);

        Assert.Equal(
            [HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.OK, HttpStatusCode.OK],
            [early.Status, once.Status, then.Status, own.Status]
        );
        Assert.Contains("client-grant", early.Json.GetProperty("error_description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokenClockOffset_MakesTokensThatSeemExpiredAndWork()
    {
        await using var laptop = await Laptop.StartAsync(
            new EmulatorVariants { TokenLifetime = TimeSpan.FromHours(1), TokenClockOffset = TimeSpan.FromHours(-2) }
        );

        var grant = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);
        var token = grant.Json.GetProperty("access_token").GetString()!;
        var claims = JsonDocument.Parse(
            Convert.FromBase64String(
                token.Split('.')[1].Replace('-', '+').Replace('_', '/').PadRight((token.Split('.')[1].Length + 3) / 4 * 4, '=')
            )
        );

        Assert.Equal(3600, grant.Json.GetProperty("expires_in").GetInt32());
        Assert.True(claims.RootElement.GetProperty("exp").GetInt64() < TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        Assert.Equal(HttpStatusCode.OK, (await laptop.PostMcpAsync(McpAccessTests.ToolsList, token)).Status);
        Assert.Equal(HttpStatusCode.OK, (await laptop.PostMcpAsync(McpAccessTests.ToolsList, token)).Status);
    }

    [Fact]
    public async Task Limits_CarryTheHeadersThatAreAskedFor()
    {
        FakeTimeProvider clock = new();
        await using var laptop = await Laptop.StartAsync(new CartoEmulatorOptions { TimeProvider = clock });
        laptop.Emulator.Faults.Add(Fault.TooManyRequests(Operation.List, TimeSpan.Zero));
        laptop.Emulator.Faults.Add(Fault.TooManyRequests(Operation.List, TimeSpan.FromSeconds(-90)) with { RetryAfterAsDate = true });
        laptop.Emulator.Faults.Add(Fault.TooManyRequests(Operation.List) with { RateLimitReset = TimeSpan.FromSeconds(30) });
        laptop.Emulator.Faults.Add(Fault.GlobalLimit());

        var zero = await laptop.PostManageAsync(List);
        var past = await laptop.PostManageAsync(List);
        var reset = await laptop.PostManageAsync(List);
        var global = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);

        Assert.Equal(TimeSpan.Zero, zero.Headers.RetryAfter?.Delta);
        Assert.Equal(clock.GetUtcNow().AddSeconds(-90), past.Headers.RetryAfter?.Date);
        Assert.Equal(
            (clock.GetUtcNow().ToUnixTimeSeconds() + 30).ToString(provider: null),
            reset.Headers.GetValues("x-ratelimit-reset").Single()
        );
        Assert.Null(reset.Headers.RetryAfter);
        Assert.Equal(500, (int)global.Status);
        Assert.Equal("""{"error":"access_denied","error_description":"Global limit has been reached"}""", global.Body);
    }

    [Theory]
    [InlineData("""{"goneStatus":200}""")]
    [InlineData("""{"grantLag":"-0:00:01"}""")]
    [InlineData("""{"listLagListsAfterDelete":-1}""")]
    [InlineData("""{"listShape":"Markdown","paging":"Cursor"}""")]
    public async Task Variants_ThatDoNotFit_AreRefused(string patch)
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await laptop.SendAsync(
            new HttpRequestMessage(HttpMethod.Patch, new Uri(laptop.Emulator.BaseUrl, "admin/variants"))
            {
                Content = new StringContent(patch),
            }
        );

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
    }

    [Fact]
    public async Task Lies_AreSwitchedByTheAdminEndpoint()
    {
        await using var laptop = await Laptop.StartAsync();
        var admin = new Uri(laptop.Emulator.BaseUrl, "admin/");

        await laptop.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, new Uri(admin, "faults"))
            {
                Content = new StringContent("""{"kind":"Answer","operation":"List","message":"No clients found.","count":null}"""),
            }
        );
        await laptop.SendAsync(
            new HttpRequestMessage(HttpMethod.Patch, new Uri(admin, "variants"))
            {
                Content = new StringContent(
                    """{"secretMask":"<hidden>","goneStatus":422,"grantLag":"0:00:05","tokenClockOffset":"-1.00:00:00"}"""
                ),
            }
        );

        Assert.Equal(Fault.Answer(Operation.List, "No clients found.", count: null), Assert.Single(laptop.Emulator.Faults.Current));
        Assert.True(
            laptop.Emulator.Variants
                is {
                    SecretMask: "<hidden>",
                    GoneStatus: 422,
                    GrantLag.TotalSeconds: 5,
                    TokenClockOffset.TotalDays: -1,
                    SecretInCreate: true
                }
        );
    }
}
