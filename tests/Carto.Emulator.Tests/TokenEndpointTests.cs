using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Carto.Emulator.Tests;

public sealed class TokenEndpointTests
{
    [Fact]
    public async Task ClientCredentials_AsForm_AnswersWithBearerTokenForADay()
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal("application/json", reply.ContentType);
        Assert.Equal("Bearer", reply.Json.GetProperty("token_type").GetString());
        Assert.Equal(86400, reply.Json.GetProperty("expires_in").GetInt32());
        Assert.NotEmpty(reply.Json.GetProperty("scope").GetString()!);
        Assert.False(reply.Json.TryGetProperty("refresh_token", out _));
    }

    [Fact]
    public async Task ClientCredentials_AsJson_AnswersWithToken()
    {
        await using var laptop = await Laptop.StartAsync();
        var body = $$"""
            {"grant_type":"client_credentials","client_id":"{{laptop.User.ClientId}}",
             "client_secret":"{{laptop.User.ClientSecret}}","audience":"carto-cloud-native-api"}
            """;

        var reply = await laptop.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, laptop.Emulator.TokenUrl)
            {
                Content = new StringContent(body, new MediaTypeHeaderValue("application/json")),
            }
        );

        Assert.Equal(HttpStatusCode.OK, reply.Status);
    }

    [Fact]
    public async Task ClientCredentials_InBasicHeader_AnswersWithToken()
    {
        await using var laptop = await Laptop.StartAsync();
        var pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{laptop.User.ClientId}:{laptop.User.ClientSecret}"));

        var reply = await laptop.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, laptop.Emulator.TokenUrl)
            {
                Headers = { Authorization = new AuthenticationHeaderValue("Basic", pair) },
                Content = new FormUrlEncodedContent(
                    new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["audience"] = laptop.Emulator.Audience }
                ),
            }
        );

        Assert.Equal(HttpStatusCode.OK, reply.Status);
    }

    [Fact]
    public async Task ClientCredentials_WrongSecret_IsAccessDenied()
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await laptop.GrantAsync(laptop.User.ClientId, "wrong");

        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        Assert.Equal("""{"error":"access_denied","error_description":"Unauthorized"}""", reply.Body);
    }

    [Fact]
    public async Task ClientCredentials_WrongAudience_IsAccessDenied()
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await laptop.PostTokenAsync(
            ("grant_type", "client_credentials"),
            ("client_id", laptop.User.ClientId),
            ("client_secret", laptop.User.ClientSecret),
            ("audience", "elsewhere")
        );

        Assert.Equal(HttpStatusCode.Forbidden, reply.Status);
        Assert.Equal("access_denied", reply.Json.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("password", "unsupported_grant_type")]
    [InlineData("client_credentials", "invalid_request")]
    [InlineData("refresh_token", "invalid_request")]
    [InlineData("", "invalid_request")]
    public async Task Token_RequestThatMakesNoSense_IsRefusedByName(string grantType, string error)
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await laptop.PostTokenAsync(("grant_type", grantType));

        Assert.Equal(HttpStatusCode.Forbidden, reply.Status);
        Assert.Equal(error, reply.Json.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{")]
    public async Task Token_BodyThatIsNoJsonObject_IsInvalidRequest(string body)
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await laptop.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, laptop.Emulator.TokenUrl)
            {
                Content = new StringContent(body, new MediaTypeHeaderValue("application/json")),
            }
        );

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal("invalid_request", reply.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task GrantErrorStatus_400_IsUsed()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { GrantErrorStatus = 400 });

        var reply = await RefreshAsync(laptop, "v1.unknown");

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal("invalid_grant", reply.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task RefreshToken_WithoutRotation_WorksAgain()
    {
        await using var laptop = await Laptop.StartAsync();
        var token = laptop.Emulator.IssueRefreshToken(laptop.User);

        var first = await RefreshAsync(laptop, token);
        var second = await RefreshAsync(laptop, token);

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.False(first.Json.TryGetProperty("refresh_token", out _));
        Assert.Equal(HttpStatusCode.OK, second.Status);
        var mcp = await laptop.ConnectAsync(first.Json.GetProperty("access_token").GetString());
        Assert.Single((await mcp.ManageAsync("list")).EnumerateArray());
    }

    [Fact]
    public async Task RefreshToken_WithRotation_EndsWithItsUse()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { RotateRefreshTokens = true });
        var token = laptop.Emulator.IssueRefreshToken(laptop.User);

        var first = await RefreshAsync(laptop, token);
        var again = await RefreshAsync(laptop, token);
        var next = await RefreshAsync(laptop, first.Json.GetProperty("refresh_token").GetString()!);

        Assert.Equal(HttpStatusCode.Forbidden, again.Status);
        Assert.Equal("invalid_grant", again.Json.GetProperty("error").GetString());
        Assert.Equal(HttpStatusCode.OK, next.Status);
    }

    [Fact]
    public async Task RefreshToken_OfAnotherApplication_IsInvalidGrant()
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await laptop.PostTokenAsync(
            ("grant_type", "refresh_token"),
            ("client_id", laptop.User.ClientId),
            ("refresh_token", laptop.Emulator.IssueRefreshToken(laptop.User))
        );

        Assert.Equal("invalid_grant", reply.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Token_VerifiesAgainstPublishedKeys()
    {
        await using var laptop = await Laptop.StartAsync();
        var reply = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);
        var discovery = await GetAsync(laptop, new Uri(laptop.Emulator.BaseUrl, ".well-known/openid-configuration"));
        var keys = await GetAsync(laptop, new Uri(discovery.Json.GetProperty("jwks_uri").GetString()!));

        var result = await new JsonWebTokenHandler().ValidateTokenAsync(
            reply.Json.GetProperty("access_token").GetString(),
            new TokenValidationParameters
            {
                ValidIssuer = discovery.Json.GetProperty("issuer").GetString(),
                ValidAudience = "carto-cloud-native-api",
                IssuerSigningKeys = new JsonWebKeySet(keys.Body).GetSigningKeys(),
                ValidAlgorithms = ["RS256"],
            }
        );

        Assert.True(result.IsValid, result.Exception?.Message);
        var token = (JsonWebToken)result.SecurityToken;
        Assert.Equal(laptop.User.AccountId, token.GetClaim("http://app.carto.com/account_id").Value);
        Assert.Equal($"{laptop.User.ClientId}@clients", token.Subject);
        Assert.Equal(TimeSpan.FromDays(1), token.ValidTo - token.IssuedAt);
        Assert.Equal(laptop.Emulator.TokenUrl.ToString(), discovery.Json.GetProperty("token_endpoint").GetString());
    }

    [Theory]
    [InlineData(M2MTokenSubject.Client)]
    [InlineData(M2MTokenSubject.Owner)]
    public async Task M2MTokenSubject_IsAsTheVariantSays(M2MTokenSubject variant)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { M2MTokenSubject = variant });

        var reply = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);

        var token = new JsonWebToken(reply.Json.GetProperty("access_token").GetString());
        Assert.Equal(variant == M2MTokenSubject.Owner ? laptop.User.UserId : $"{laptop.User.ClientId}@clients", token.Subject);
        var mcp = await laptop.ConnectAsync(token.EncodedToken);
        Assert.Single((await mcp.ManageAsync("list")).EnumerateArray());
    }

    [Fact]
    public async Task TokenLifetime_WhenItIsOver_TokenIsRefused()
    {
        FakeTimeProvider clock = new();
        await using var laptop = await Laptop.StartAsync(
            new CartoEmulatorOptions
            {
                TimeProvider = clock,
                Variants = new EmulatorVariants { TokenLifetime = TimeSpan.FromSeconds(30) },
            }
        );
        var reply = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);
        var token = reply.Json.GetProperty("access_token").GetString();
        Assert.Equal(30, reply.Json.GetProperty("expires_in").GetInt32());

        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(HttpStatusCode.OK, (await laptop.PostMcpAsync(McpAccessTests.ToolsList, token)).Status);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(HttpStatusCode.Unauthorized, (await laptop.PostMcpAsync(McpAccessTests.ToolsList, token)).Status);
    }

    [Theory]
    [InlineData(false, HttpStatusCode.OK)]
    [InlineData(true, HttpStatusCode.Unauthorized)]
    public async Task TokensDieWithClient_DecidesOverTokensAlreadyIssued(bool variant, HttpStatusCode expected)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { TokensDieWithClient = variant });
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var token = (await laptop.GrantAsync(client.Id, client.Secret)).Json.GetProperty("access_token").GetString();
        Assert.Equal(HttpStatusCode.OK, (await laptop.PostMcpAsync(McpAccessTests.ToolsList, token)).Status);

        laptop.Emulator.DeleteClient(client.Id);

        Assert.Equal(expected, (await laptop.PostMcpAsync(McpAccessTests.ToolsList, token)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await laptop.GrantAsync(client.Id, client.Secret)).Status);
    }

    [Fact]
    public async Task LastTokenAt_AfterToken_IsItsTime()
    {
        FakeTimeProvider clock = new();
        await using var laptop = await Laptop.StartAsync(new CartoEmulatorOptions { TimeProvider = clock });
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        Assert.Null(client.LastTokenAt);
        clock.Advance(TimeSpan.FromMinutes(1));

        await laptop.GrantAsync(client.Id, client.Secret);

        Assert.Equal(clock.GetUtcNow(), Assert.Single(laptop.Emulator.Clients(laptop.User)).LastTokenAt);
    }

    private static Task<Reply> RefreshAsync(Laptop laptop, string token) =>
        laptop.PostTokenAsync(("grant_type", "refresh_token"), ("client_id", EmulatorUser.PublicClientId), ("refresh_token", token));

    private static Task<Reply> GetAsync(Laptop laptop, Uri url) => laptop.SendAsync(new HttpRequestMessage(HttpMethod.Get, url));
}
