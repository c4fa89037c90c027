using System.Net;
using System.Text.Json;
using Carto.Emulator.Page;
using Microsoft.AspNetCore.Http;

namespace Carto.Emulator.Tests.Page;

/// <summary>What the page is served and told, without a browser.</summary>
public sealed class PageEndpointTests
{
    [Theory]
    [InlineData("", "text/html")]
    [InlineData("page/page.css", "text/css")]
    [InlineData("page/page.js", "text/javascript")]
    [InlineData("page/icon.svg", "image/svg+xml")]
    [InlineData("page/view", "application/json")]
    public async Task Get_AnyPartOfThePage_ForbidsWhateverIsNotItsOwn(string path, string contentType)
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await GetAsync(laptop, path);

        Assert.Equal((HttpStatusCode.OK, contentType), (reply.Status, reply.ContentType));
        var policy = Assert.Single(reply.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(reply.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task View_NothingChanged_IsNotSentAgain()
    {
        await using var laptop = await Laptop.StartAsync();
        var first = await GetAsync(laptop, "page/view");

        var again = await GetAsync(laptop, "page/view", first.Headers.ETag!.Tag);
        laptop.Emulator.Faults.Add(Fault.Hang(Operation.Create));
        var changed = await GetAsync(laptop, "page/view", first.Headers.ETag.Tag);

        Assert.Equal((HttpStatusCode.NotModified, ""), (again.Status, again.Body));
        Assert.True(again.Headers.Contains(PageEndpoints.TimeHeader));
        Assert.Equal(HttpStatusCode.OK, changed.Status);
    }

    [Fact]
    public async Task View_OfEverything_HoldsNoSecret()
    {
        await using var laptop = await Laptop.StartAsync();
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        await laptop.GrantAsync(client.Id, client.Secret);

        var view = await GetAsync(laptop, "page/view");

        Assert.Contains(client.Id, view.Body, StringComparison.Ordinal);
        Assert.All(laptop.Emulator.SecretsEverIssued, secret => Assert.DoesNotContain(secret, view.Body, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("find=EXPORT", "Nightly export")]
    [InlineData("find=8b2d44", "ETL")]
    [InlineData("find=3f9a1c", "ETL")]
    [InlineData("find=%20%20&user=ben", "Nightly export,Account of ben")]
    [InlineData("user=ben&find=account", "Account of ben")]
    [InlineData("revoked=false&user=ana", "Account of ana")]
    [InlineData("user=nobody", "")]
    public async Task View_Filtered_HoldsThoseAskedFor(string query, string expected)
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.DeleteClient(laptop.Emulator.CreateClient(laptop.User, "ETL [k8s:3f9a1c:8b2d44e07f15-1]").Id);
        laptop.Emulator.CreateClient(laptop.Emulator.AddUser("ben"), "Nightly export");

        var view = (await GetAsync(laptop, $"page/view?{query}")).Json;

        Assert.Equal(
            expected,
            string.Join(',', view.GetProperty("clients").EnumerateArray().Select(c => c.GetProperty("displayName").GetString()))
        );
    }

    [Fact]
    public async Task View_OfMoreClientsThanAPersonReads_HoldsTheNewestAndCountsAll()
    {
        await using var laptop = await Laptop.StartAsync();
        for (var number = 1; number <= PageReader.MostClients + 10; number++)
        {
            laptop.Emulator.CreateClient(laptop.User, $"client {number}");
        }

        var view = (await GetAsync(laptop, "page/view")).Json;

        Assert.Equal(PageReader.MostClients, view.GetProperty("clients").GetArrayLength());
        Assert.Equal("client 510", view.GetProperty("clients")[0].GetProperty("displayName").GetString());
        Assert.Equal(PageReader.MostClients + 11, view.GetProperty("live").GetInt32());
    }

    [Fact]
    public async Task View_OfVariantsAndFaults_TellsThemInTheWordsOfTheAdminEndpoint()
    {
        await using var laptop = await Laptop.StartAsync(
            new EmulatorVariants
            {
                TypeArgument = null,
                Methods = new MethodNames { Update = "rename" },
            }
        );
        laptop.Emulator.Faults.Add(
            new Fault
            {
                Kind = FaultKind.Status,
                Operation = Operation.List,
                Status = 429,
                RetryAfter = TimeSpan.FromSeconds(7),
                Count = 3,
                UserId = laptop.User.UserId,
            }
        );
        await laptop.PostManageAsync("""{"method":"list","type":"m2m"}""");
        await laptop.PostManageAsync("""{"method":"list"}""");

        var view = (await GetAsync(laptop, "page/view")).Json;

        Assert.Equal("methods.update=rename typeArgument=null", Told(view.GetProperty("variants")));
        var fault = Assert.Single(view.GetProperty("faults").EnumerateArray());
        Assert.Equal("Status", fault.GetProperty("kind").GetString());
        Assert.Equal("List", fault.GetProperty("operation").GetString());
        Assert.Equal("ana", fault.GetProperty("user").GetString());
        Assert.Equal(1, fault.GetProperty("left").GetInt32());
        Assert.Equal("status=429 retryAfter=00:00:07", Told(fault.GetProperty("members")));
    }

    [Fact]
    public async Task Page_WhileEveryCallFails_IsThereAndIsNoCallItself()
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.HttpStatus(Operation.Any, 503, count: null));

        Assert.Equal(HttpStatusCode.OK, (await GetAsync(laptop, "")).Status);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(laptop, "page/view")).Status);

        Assert.Empty(laptop.Emulator.Calls.Latest);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("192.0.2.7", false)]
    public async Task ThisMachine_CallerFromElsewhere_IsRefused(string address, bool isAdmitted)
    {
        DefaultHttpContext context = new();
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);

        Assert.Equal(isAdmitted, await ThisMachine.AdmitsAsync(context));

        Assert.Equal(isAdmitted ? StatusCodes.Status200OK : StatusCodes.Status403Forbidden, context.Response.StatusCode);
    }

    private static string Told(JsonElement differences) =>
        string.Join(
            ' ',
            differences.EnumerateArray().Select(d => $"{d.GetProperty("name").GetString()}={d.GetProperty("value").GetString()}")
        );

    private static Task<Reply> GetAsync(Laptop laptop, string path, string? known = null)
    {
        HttpRequestMessage request = new(HttpMethod.Get, new Uri(laptop.Emulator.BaseUrl, path));
        if (known is not null)
        {
            request.Headers.IfNoneMatch.ParseAdd(known);
        }

        return laptop.SendAsync(request);
    }
}
