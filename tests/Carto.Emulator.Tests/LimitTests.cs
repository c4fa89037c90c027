using System.Globalization;
using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Carto.Emulator.Tests;

/// <summary>Limits, and the ways to say that one is reached.</summary>
public sealed class LimitTests
{
    private const string List = """{"method":"list","type":"m2m"}""";
    private const string Create = """{"method":"create","type":"m2m","title":"etl"}""";

    [Theory]
    [InlineData(RateLimitAnswer.RetryAfter, HttpStatusCode.TooManyRequests, true, false, "Too many requests")]
    [InlineData(RateLimitAnswer.ResetOnly, HttpStatusCode.TooManyRequests, false, true, "Too many requests")]
    [InlineData(RateLimitAnswer.GlobalLimit, HttpStatusCode.InternalServerError, false, false, "Global limit has been reached")]
    [InlineData(RateLimitAnswer.ToolError, HttpStatusCode.OK, false, false, "Global limit has been reached")]
    public async Task RateLimitAnswer_OfATool_IsAsTheVariantSays(
        RateLimitAnswer variant,
        HttpStatusCode status,
        bool hasRetryAfter,
        bool hasReset,
        string words
    )
    {
        FakeTimeProvider clock = new();
        await using var laptop = await StartAsync(clock, new EmulatorVariants { RequestsPerSecond = 1, RateLimitAnswer = variant });

        var first = await laptop.PostManageAsync(List);
        var second = await laptop.PostManageAsync(Create);
        clock.Advance(TimeSpan.FromSeconds(1));
        var third = await laptop.PostManageAsync(List);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.Status, third.Status));
        Assert.Equal((status, hasRetryAfter, hasReset), (second.Status, second.Headers.RetryAfter is not null, Reset(second) is not null));
        Assert.Contains(words, second.Body, StringComparison.Ordinal);
        Assert.Equal(status == HttpStatusCode.OK, second.Body.Contains("\"isError\":true", StringComparison.Ordinal));
        Assert.Empty(laptop.Emulator.Clients(laptop.User));
        Assert.Equal(
            status == HttpStatusCode.TooManyRequests ? "429" : "500",
            Assert.Single(await laptop.LoggedAsync(Operation.Create)).Outcome
        );
    }

    [Fact]
    public async Task RateLimitAnswer_ToolErrorWhereNoToolIsCalled_IsTheGlobalLimit()
    {
        await using var laptop = await StartAsync(
            new FakeTimeProvider(),
            new EmulatorVariants { RequestsPerSecond = 1, RateLimitAnswer = RateLimitAnswer.ToolError }
        );

        await laptop.PostMcpAsync(McpAccessTests.ToolsList);
        var reply = await laptop.PostMcpAsync(McpAccessTests.ToolsList);

        Assert.Equal("""{"error":"Global limit has been reached","status":500}""", reply.Body);
    }

    [Theory]
    [InlineData(RateLimitAnswer.RetryAfter, HttpStatusCode.TooManyRequests, "too_many_requests")]
    [InlineData(RateLimitAnswer.ResetOnly, HttpStatusCode.TooManyRequests, "too_many_requests")]
    [InlineData(RateLimitAnswer.GlobalLimit, HttpStatusCode.InternalServerError, "access_denied")]
    public async Task TokenRequestsPerSecond_OfAllUsersTogether_AreLimited(RateLimitAnswer variant, HttpStatusCode status, string error)
    {
        FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, 500, TimeSpan.Zero));
        await using var laptop = await StartAsync(clock, new EmulatorVariants { TokenRequestsPerSecond = 1, RateLimitAnswer = variant });
        var ben = laptop.Emulator.AddUser("ben");

        var first = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);
        var second = await laptop.GrantAsync(ben.ClientId, ben.ClientSecret);
        clock.Advance(TimeSpan.FromSeconds(0.5));
        var third = await laptop.GrantAsync(ben.ClientId, ben.ClientSecret);

        Assert.Equal((HttpStatusCode.OK, status, HttpStatusCode.OK), (first.Status, second.Status, third.Status));
        Assert.Equal(error, second.Json.GetProperty("error").GetString());
        var reset =
            variant == RateLimitAnswer.ResetOnly ? clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) : null;
        Assert.Equal(reset, Reset(second));
        if (variant == RateLimitAnswer.GlobalLimit)
        {
            Assert.Equal("Global limit has been reached", second.Json.GetProperty("error_description").GetString());
        }
    }

    [Theory]
    [InlineData(QuotaAnswer.Tool, HttpStatusCode.OK)]
    [InlineData(QuotaAnswer.Http, HttpStatusCode.Forbidden)]
    public async Task QuotaAnswer_OfAClientTooMany_IsAsTheVariantSays(QuotaAnswer variant, HttpStatusCode status)
    {
        const string Words = "You have reached the entity limit";
        await using var laptop = await Laptop.StartAsync(
            EmulatorVariants.Likely with
            {
                ClientQuota = 3,
                QuotaAnswer = variant,
                QuotaMessage = Words,
            }
        );
        var create = Create.Replace("\"type\"", "\"clientType\"", StringComparison.Ordinal);

        var first = await laptop.PostManageAsync(create);
        var second = await laptop.PostManageAsync(create);

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal(status, second.Status);
        Assert.Contains(Words, second.Body, StringComparison.Ordinal);
        Assert.Single(laptop.Emulator.Clients(laptop.User));
        Assert.Equal(["403", "ok"], (await laptop.LoggedAsync(Operation.Create, count: 2)).Select(call => call.Outcome).Order());
    }

    private static Task<Laptop> StartAsync(FakeTimeProvider clock, EmulatorVariants variants) =>
        Laptop.StartAsync(new CartoEmulatorOptions { TimeProvider = clock, Variants = variants });

    private static string? Reset(Reply reply) => reply.Headers.TryGetValues("x-ratelimit-reset", out var values) ? values.Single() : null;
}
