using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Carto.Emulator;
using Microsoft.Extensions.Time.Testing;

namespace Operator.Carto.Tests.Emulator;

/// <summary>What a person is told when an account does not work, and whom an account works for.</summary>
public sealed class ConnectTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connect_WrongSecret_IsUnauthorizedAndNotTriedAgainAtOnce()
    {
        await using var carto = await Carto.StartAsync(
            configure: (_, user, options) =>
                options with
                {
                    Credentials = new CartoCredentials.ClientCredentials(user.ClientId, new Sensitive("wrong")),
                }
        );

        await FailsAsync(carto, CartoErrorKind.Unauthorized, CartoStage.Token, "refuses the credentials", "access_denied");

        carto.Emulator.Calls.Reset();
        var again = await Assert.ThrowsAsync<CartoException>(() => carto.Clients.ListAsync(Token));
        Assert.Equal(CartoErrorKind.Unauthorized, again.Error.Kind);
        Assert.Equal(0, carto.Emulator.Calls.Count(Operation.Token));
    }

    [Fact]
    public async Task Connect_WrongAudience_IsForbidden()
    {
        await using var carto = await Carto.StartAsync(configure: (_, _, options) => options with { Audience = "something-else" });

        await FailsAsync(carto, CartoErrorKind.Forbidden, CartoStage.Token, "audience");
    }

    [Fact]
    public async Task Connect_UsersAccessToken_Works()
    {
        await using var carto = await Carto.StartAsync(
            configure: (emulator, user, options) =>
                options with
                {
                    Credentials = new CartoCredentials.AccessToken(new Sensitive(emulator.IssueAccessToken(user))),
                }
        );

        var info = await carto.Account.ConnectAsync(Token);

        Assert.Equal((carto.User.UserId, carto.User.AccountId), (info.UserId, info.AccountId));
        Assert.NotNull(info.TokenExpiresAt);
        Assert.Equal(0, carto.Emulator.Calls.Count(Operation.Token));
    }

    [Fact]
    public async Task Connect_AccessTokenEnded_SaysToWriteANewOne()
    {
        await using var carto = await Carto.StartAsync(
            configure: (emulator, user, options) =>
                options with
                {
                    Credentials = new CartoCredentials.AccessToken(new Sensitive(emulator.IssueAccessToken(user))),
                }
        );
        carto.Emulator.EndAllAccessTokens();

        await FailsAsync(carto, CartoErrorKind.Unauthorized, CartoStage.Api, "access token in the account's Secret");
    }

    [Fact]
    public async Task Connect_RefreshToken_Works()
    {
        await using var carto = await Carto.StartAsync(configure: WithRefreshToken);

        var info = await carto.Account.ConnectAsync(Token);

        Assert.Equal(carto.User.UserId, info.UserId);
        Assert.Empty(info.Warnings);
    }

    [Fact]
    public async Task Connect_RefreshTokenReplaced_GoesOnWithTheNewOneAndWarns()
    {
        await using var carto = await Carto.StartAsync(new() { RotateRefreshTokens = true }, WithRefreshToken);

        var info = await carto.Account.ConnectAsync(Token);
        Assert.Contains("refresh token", Assert.Single(info.Warnings), StringComparison.Ordinal);

        carto.Emulator.EndAllAccessTokens();
        Assert.NotEmpty((await carto.Clients.ListAsync(Token)).Clients);
    }

    [Fact]
    public async Task Connect_RefreshTokenUnknown_IsUnauthorized()
    {
        await using var carto = await Carto.StartAsync(
            configure: (_, _, options) =>
                options with
                {
                    Credentials = new CartoCredentials.RefreshToken(EmulatorUser.PublicClientId, new Sensitive("wrong")),
                }
        );

        await FailsAsync(carto, CartoErrorKind.Unauthorized, CartoStage.Token, "invalid_grant");
    }

    [Fact]
    public async Task Connect_ApiAccessTokenWithoutMcpUrl_SaysToSetIt()
    {
        await using var carto = await Carto.StartAsync(
            configure: (emulator, user, options) =>
                options with
                {
                    Credentials = new CartoCredentials.AccessToken(new Sensitive(emulator.IssueApiAccessToken(user))),
                }
        );

        await FailsAsync(carto, CartoErrorKind.Unsupported, CartoStage.Api, "set mcp.url");
    }

    [Fact]
    public async Task Connect_ApiAccessToken_SaysThatTheToolIsMissingAndWhatThereIs()
    {
        await using var carto = await Carto.StartAsync(
            configure: (emulator, user, options) =>
                options with
                {
                    McpUrl = emulator.McpUrl(user),
                    Credentials = new CartoCredentials.AccessToken(new Sensitive(emulator.IssueApiAccessToken(user))),
                }
        );

        await FailsAsync(
            carto,
            CartoErrorKind.Unsupported,
            CartoStage.Api,
            "no tool manage_oauth_clients",
            "execute_query",
            "API access tokens"
        );
    }

    [Theory]
    [InlineData(PermissionRefusal.Http, CartoErrorKind.Forbidden)]
    [InlineData(PermissionRefusal.ToolsHidden, CartoErrorKind.Unsupported)]
    public async Task Connect_AsAViewer_SaysWhy(PermissionRefusal refusal, CartoErrorKind kind)
    {
        await using var carto = await Carto.StartAsync(new() { PermissionRefusal = refusal }, role: UserRole.Viewer);

        await FailsAsync(carto, kind, CartoStage.Api, "role");
    }

    [Theory]
    [InlineData(ErrorAnswer.Json)]
    [InlineData(ErrorAnswer.Text)]
    [InlineData(ErrorAnswer.JsonRpc)]
    public async Task Create_AsAViewerWhomOnlyTheToolRefuses_IsForbidden(ErrorAnswer answer)
    {
        await using var carto = await Carto.StartAsync(
            new() { PermissionRefusal = PermissionRefusal.ToolError, ErrorAnswer = answer },
            role: UserRole.Viewer
        );

        var error = (await Assert.ThrowsAsync<CartoException>(() => carto.Clients.CreateAsync("etl", Token))).Error;

        Assert.Equal((CartoErrorKind.Forbidden, false), (error.Kind, error.MayHaveTakenEffect));
        Assert.Contains("Your role does not allow developer credentials", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_M2MTokenThatDoesNotSeeTheTools_SaysSo()
    {
        await using var carto = await Carto.StartAsync(new() { M2MTokenAccess = M2MTokenAccess.ToolsHidden });

        await FailsAsync(carto, CartoErrorKind.Unsupported, CartoStage.Api, "no tool manage_oauth_clients");
    }

    [Fact]
    public async Task List_M2MTokenWhoseCallsAreRefused_IsForbidden()
    {
        await using var carto = await Carto.StartAsync(new() { M2MTokenAccess = M2MTokenAccess.CallsRefused });

        var error = (await Assert.ThrowsAsync<CartoException>(() => carto.Clients.ListAsync(Token))).Error;

        Assert.Equal(CartoErrorKind.Forbidden, error.Kind);
    }

    [Fact]
    public async Task Connect_SelectorWithoutValues_NamesTheArgument()
    {
        await using var carto = await Carto.StartAsync(new() { MethodEnum = false });

        await FailsAsync(
            carto,
            CartoErrorKind.Unsupported,
            CartoStage.Api,
            "create, list",
            "does not list the values of its argument method"
        );
    }

    [Fact]
    public async Task Connect_ArgumentOfAnotherName_NamesWhatIsMissingAndOffered()
    {
        await using var carto = await Carto.StartAsync(new() { NameArgument = "caption" });

        await FailsAsync(carto, CartoErrorKind.Unsupported, CartoStage.Api, "create", "no argument for the client's name", "caption");
    }

    [Fact]
    public async Task Connect_NoRename_WorksAndSaysSo()
    {
        await using var carto = await Carto.StartAsync(
            new()
            {
                Methods = new() { Update = null, Get = null },
            }
        );

        var info = await carto.Account.ConnectAsync(Token);
        var error = (await Assert.ThrowsAsync<CartoException>(() => carto.Clients.RenameAsync(carto.User.ClientId, "x", Token))).Error;

        Assert.False(info.CanRename);
        Assert.Equal(2, info.Warnings.Count);
        Assert.Equal((CartoErrorKind.Unsupported, false), (error.Kind, error.MayHaveTakenEffect));
        Assert.Contains("no value that means rename", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_LongestNameInTheSchema_IsSaid()
    {
        await using var carto = await Carto.StartAsync(new() { MaxNameLength = 80 });

        Assert.Equal(80, (await carto.Account.ConnectAsync(Token)).MaxNameLength);
    }

    [Fact]
    public async Task Connect_WithoutTheAuthoritysCertificate_IsUntrusted()
    {
        await using var carto = await Carto.StartAsync(configure: (_, _, options) => options with { CaBundlePem = null });

        await FailsAsync(carto, CartoErrorKind.Untrusted, CartoStage.Token, "127.0.0.1", "caBundle");
    }

    [Fact]
    public async Task Connect_WithAnotherAuthoritysCertificate_IsUntrusted()
    {
        using var key = ECDsa.Create();
        using var other = new CertificateRequest("CN=other", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            TimeProvider.System.GetUtcNow().AddDays(-1),
            TimeProvider.System.GetUtcNow().AddDays(1)
        );
        await using var carto = await Carto.StartAsync(
            configure: (_, _, options) => options with { CaBundlePem = other.ExportCertificatePem() }
        );

        await FailsAsync(carto, CartoErrorKind.Untrusted, CartoStage.Token, "not known");
    }

    [Fact]
    public async Task Connect_SeveralCertificatesInTheBundle_EachCounts()
    {
        using var key = ECDsa.Create();
        using var other = new CertificateRequest("CN=other", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            TimeProvider.System.GetUtcNow().AddDays(-1),
            TimeProvider.System.GetUtcNow().AddDays(1)
        );
        await using var carto = await Carto.StartAsync(
            configure: (_, _, options) => options with { CaBundlePem = $"{other.ExportCertificatePem()}\n{options.CaBundlePem}" }
        );

        await carto.Account.ConnectAsync(Token);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    public async Task Connect_BundleThatIsNone_SaysSo(string bundle)
    {
        await using var carto = await Carto.StartAsync(configure: (_, _, options) => options with { CaBundlePem = bundle });

        await FailsAsync(carto, CartoErrorKind.Untrusted, CartoStage.Token, "CA bundle", "BEGIN CERTIFICATE");
    }

    [Fact]
    public async Task Connect_TrustedAuthorityForAnotherHost_IsUntrusted()
    {
        await using var emulator = await CartoEmulator.StartAsync(new CartoEmulatorOptions { Urls = [new("https://127.0.0.2:0")] }, Token);
        await using var carto = await Carto.StartAsync(
            configure: (_, _, options) => options with { TokenUrl = emulator.TokenUrl, CaBundlePem = emulator.CaPem }
        );

        await FailsAsync(carto, CartoErrorKind.Untrusted, CartoStage.Token, "another host name");
    }

    [Fact]
    public async Task Connect_IPv6AddressWithAnUnknownAuthority_IsUntrusted()
    {
        await using var emulator = await CartoEmulator.StartAsync(new CartoEmulatorOptions { Urls = [new("https://[::1]:0")] }, Token);
        await using var carto = await Carto.StartAsync(configure: (_, _, options) => options with { TokenUrl = emulator.TokenUrl });

        await FailsAsync(carto, CartoErrorKind.Untrusted, CartoStage.Token, "[::1]", "not known");
    }

    [Fact]
    public async Task Connect_PlainHttpOnATlsPort_IsTransient()
    {
        await using var emulator = await CartoEmulator.StartAsync(new CartoEmulatorOptions { Urls = [new("http://127.0.0.1:0")] }, Token);
        await using var carto = await Carto.StartAsync(
            configure: (_, _, options) => options with { TokenUrl = new UriBuilder(emulator.TokenUrl) { Scheme = "https" }.Uri }
        );

        await FailsAsync(carto, CartoErrorKind.Transient, CartoStage.Token, "TLS");
    }

    [Fact]
    public async Task Connect_NoServerAtThePath_IsUnsupportedAndSaysWhatToCheck()
    {
        await using var carto = await Carto.StartAsync(
            configure: (emulator, _, options) => options with { McpUrl = new Uri(emulator.BaseUrl, "nothing") }
        );

        await FailsAsync(carto, CartoErrorKind.Unsupported, CartoStage.Api, "mcp.url");
    }

    [Fact]
    public async Task Connect_NoTokenEndpointAtThePath_IsUnsupportedAndSaysWhatToCheck()
    {
        await using var carto = await Carto.StartAsync(
            configure: (emulator, _, options) => options with { TokenUrl = new Uri(emulator.BaseUrl, "nothing") }
        );

        await FailsAsync(carto, CartoErrorKind.Unsupported, CartoStage.Token, "tokenUrl");
    }

    [Theory]
    [InlineData(500, false, CartoErrorKind.Transient, "HTTP 500")]
    [InlineData(502, true, CartoErrorKind.Transient, "HTTP 502")]
    [InlineData(429, false, CartoErrorKind.Throttled, "slow down")]
    [InlineData(401, false, CartoErrorKind.Unauthorized, "refuses the credentials")]
    [InlineData(403, true, CartoErrorKind.Forbidden, "audience")]
    public async Task Connect_TokenEndpointFails_SaysHow(int status, bool html, CartoErrorKind kind, string words)
    {
        await using var carto = await Carto.StartAsync();
        carto.Emulator.Faults.Add(Fault.HttpStatus(Operation.Token, status) with { Html = html });

        await FailsAsync(carto, kind, CartoStage.Token, words);
        if (kind != CartoErrorKind.Throttled)
        {
            await carto.Account.ConnectAsync(Token);
        }
    }

    [Fact]
    public async Task Connect_TokenEndpointRedirects_DoesNotFollow()
    {
        await using var carto = await Carto.StartAsync();
        carto.Emulator.Faults.Add(Fault.Redirect(Operation.Token, carto.Emulator.TokenUrl));

        await FailsAsync(carto, CartoErrorKind.Transient, CartoStage.Token, "redirects");
        Assert.Equal(1, carto.Emulator.Calls.Count(Operation.Token));
    }

    [Theory]
    [InlineData(Operation.Initialize, 503)]
    [InlineData(Operation.ToolsList, 503)]
    [InlineData(Operation.ToolsList, 500)]
    public async Task Connect_ServerFails_IsTransientWithoutEffectAndHeals(Operation operation, int status)
    {
        await using var carto = await Carto.StartAsync();
        carto.Emulator.Faults.Add(Fault.HttpStatus(operation, status, count: 2));

        var error = await FailsAsync(carto, CartoErrorKind.Transient, CartoStage.Api, $"HTTP {status}");
        Assert.False(error.MayHaveTakenEffect);

        carto.Emulator.Faults.Clear();
        await carto.Account.ConnectAsync(Token);
    }

    [Fact]
    public async Task Create_SessionCannotBeOpened_HasNoEffect()
    {
        await using var carto = await Carto.StartAsync();
        carto.Emulator.Faults.Add(Fault.CutAfter(Operation.ToolsList));

        var error = (await Assert.ThrowsAsync<CartoException>(() => carto.Clients.CreateAsync("etl", Token))).Error;

        Assert.Equal((CartoErrorKind.Transient, false), (error.Kind, error.MayHaveTakenEffect));
    }

    [Fact]
    public async Task Connect_ToolsChanged_BindsAnew()
    {
        await using var carto = await Carto.StartAsync();
        await carto.Account.ConnectAsync(Token);
        carto.Emulator.Variants = carto.Emulator.Variants with { NameArgument = "name" };

        var info = await carto.Account.ConnectAsync(Token);

        Assert.Contains("create: manage_oauth_clients(method=create, type=m2m, name)", info.Operations);
        Assert.Equal("etl", (await carto.Clients.CreateAsync("etl", Token)).Name);
    }

    [Fact]
    public async Task Call_ToolsLearntAnOperationSince_BindsAnewAfterAWhile()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var carto = await Carto.StartAsync(new() { Methods = new() { Update = null } }, time: time);
        var client = await carto.Clients.CreateAsync("etl", Token);
        carto.Emulator.Variants = new EmulatorVariants();
        await Assert.ThrowsAsync<CartoException>(() => carto.Clients.RenameAsync(client.Id, "new", Token));
        Assert.Equal(1, carto.Emulator.Calls.Count(Operation.ToolsList));

        time.Advance(TimeSpan.FromMinutes(6));
        await Assert.ThrowsAsync<CartoException>(() => carto.Clients.RenameAsync(client.Id, "new", Token));
        await carto.Clients.RenameAsync(client.Id, "new", Token);

        Assert.Equal("new", Assert.Single(carto.Emulator.Clients(carto.User)).Name);
    }

    private static CartoApiOptions WithRefreshToken(CartoEmulator emulator, EmulatorUser user, CartoApiOptions options) =>
        options with
        {
            Credentials = new CartoCredentials.RefreshToken(EmulatorUser.PublicClientId, new Sensitive(emulator.IssueRefreshToken(user))),
        };

    private static async Task<CartoError> FailsAsync(Carto carto, CartoErrorKind kind, CartoStage stage, params string[] words)
    {
        var error = (await Assert.ThrowsAsync<CartoException>(() => carto.Account.ConnectAsync(Token))).Error;
        Assert.Equal((kind, stage), (error.Kind, error.Stage));
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(carto.Emulator.SecretsEverIssued, secret => error.Message.Contains(secret, StringComparison.Ordinal));
        return error;
    }
}
