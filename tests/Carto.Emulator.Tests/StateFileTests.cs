namespace Carto.Emulator.Tests;

public sealed class StateFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emulator-");

    private string Path => System.IO.Path.Combine(_folder.FullName, "below", "state");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Restart_KeepsUsersClientsKeysAndAuthority()
    {
        CartoEmulatorOptions options = new() { StateFile = Path };
        IReadOnlyList<EmulatorUser> users;
        IReadOnlyList<EmulatorClient> clients;
        string caPem,
            keys,
            refresh,
            ended;
        await using (var first = await Laptop.StartAsync(options))
        {
            first.Emulator.AddUser("ben", first.User.AccountId, UserRole.Viewer);
            var mcp = await first.ConnectAsync();
            await mcp.ManageAsync("create", ("title", "kept"));
            var renamed = await mcp.ManageAsync("create", ("title", "old"));
            await mcp.ManageAsync("update", ("id", renamed.GetProperty("clientId").GetString()!), ("title", "new"));
            var deleted = await mcp.ManageAsync("create", ("title", "deleted"));
            await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", deleted.GetProperty("clientId").GetString()!));
            refresh = first.Emulator.IssueRefreshToken(first.User);
            ended = first.Emulator.IssueRefreshToken(first.User);
            first.Emulator.Variants = first.Emulator.Variants with { RotateRefreshTokens = true };
            await RefreshAsync(first, ended);
            (users, clients, caPem) = (first.Emulator.Users, first.Emulator.AllClients(), first.Emulator.CaPem);
            keys = await KeysAsync(first);
        }

        await using var second = await Laptop.StartAsync(options);

        Assert.Equal(users, second.Emulator.Users);
        Assert.Equal(clients, second.Emulator.AllClients());
        Assert.Equal(["kept", "new"], second.Emulator.Clients(second.User).Select(c => c.Name));
        Assert.Equal(caPem, second.Emulator.CaPem);
        Assert.Equal(keys, await KeysAsync(second));
        Assert.Equal(System.Net.HttpStatusCode.OK, (await RefreshAsync(second, refresh)).Status);
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, (await RefreshAsync(second, ended)).Status);
        Assert.Equal(clients.Count + 1, second.Emulator.CreateClient(second.User, "next").Sequence);
    }

    [Fact]
    public async Task Restart_OnTheSamePort_KeepsTokensGood()
    {
        Uri url;
        string token;
        await using (var first = await Laptop.StartAsync(new CartoEmulatorOptions { StateFile = Path }))
        {
            (url, token) = (first.Emulator.BaseUrl, first.Emulator.IssueAccessToken(first.User));
        }

        await using var second = await Laptop.StartAsync(new CartoEmulatorOptions { StateFile = Path, Urls = [url] });

        Assert.Equal(System.Net.HttpStatusCode.OK, (await second.PostMcpAsync(McpAccessTests.ToolsList, token)).Status);
    }

    [Fact]
    public async Task Restart_AfterALineCutShort_LosesOnlyThat()
    {
        await using (var first = await Laptop.StartAsync(new CartoEmulatorOptions { StateFile = Path }))
        {
            first.Emulator.CreateClient(first.User, "kept");
        }

        await File.AppendAllTextAsync(Path, """{"client":{"id":"x","sec""", Laptop.Cancelled);
        await using (var second = await Laptop.StartAsync(new CartoEmulatorOptions { StateFile = Path }))
        {
            second.Emulator.CreateClient(second.User, "more");
        }

        await using var third = await Laptop.StartAsync(new CartoEmulatorOptions { StateFile = Path });
        Assert.Equal(["kept", "more"], third.Emulator.Clients(third.User).Select(c => c.Name));
    }

    [Fact]
    public async Task Start_WithAFileOfSomethingElse_FailsAndLeavesItAlone()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        await File.WriteAllTextAsync(Path, "not ours\nat all\n", Laptop.Cancelled);

        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Laptop.StartAsync(new CartoEmulatorOptions { StateFile = Path }));

        Assert.Contains("Line 1", error.Message, StringComparison.Ordinal);
        Assert.Equal("not ours\nat all\n", await File.ReadAllTextAsync(Path, Laptop.Cancelled));
    }

    [Fact]
    public async Task Start_OnAFileInUse_Fails()
    {
        await using var first = await Laptop.StartAsync(new CartoEmulatorOptions { StateFile = Path });

        await Assert.ThrowsAnyAsync<IOException>(() => Laptop.StartAsync(new CartoEmulatorOptions { StateFile = Path }));
    }

    [Fact]
    public async Task File_IsForItsOwnerAlone()
    {
        await using var laptop = await Laptop.StartAsync(new CartoEmulatorOptions { StateFile = Path });

        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    private static async Task<string> KeysAsync(Laptop laptop) =>
        (await laptop.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(laptop.Emulator.BaseUrl, ".well-known/jwks.json")))).Body;

    private static Task<Reply> RefreshAsync(Laptop laptop, string token) =>
        laptop.PostTokenAsync(("grant_type", "refresh_token"), ("client_id", EmulatorUser.PublicClientId), ("refresh_token", token));
}
