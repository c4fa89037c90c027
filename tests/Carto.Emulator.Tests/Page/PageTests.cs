using Microsoft.Extensions.Time.Testing;

namespace Carto.Emulator.Tests.Page;

/// <summary>The page, in a real browser.</summary>
public sealed class PageTests(Browser browser) : IClassFixture<Browser>
{
    private const string Marked = "ETL service [k8s:3f9a1c:8b2d44e07f15-2]";

    [Fact]
    public async Task Page_Opened_ListsEachClientWithOwnerAndMark()
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.CreateClient(laptop.Emulator.AddUser("ben"), "by hand");
        var client = laptop.Emulator.CreateClient(laptop.User, Marked);
        await using var page = await OpenAsync(laptop);

        await page.ShowsAsync(Row(client), "ETL service");

        var row = await page.TextAsync(Row(client));
        Assert.All([client.Id, "ana", "cluster 3f9a1c", "resource 8b2d44e07f15", "serial 2", "just now", "none yet", "Live"], part =>
            Assert.Contains(part, row, StringComparison.Ordinal)
        );
        Assert.DoesNotContain("[k8s:", row, StringComparison.Ordinal);
        Assert.Equal(
            ["ETL service", "by hand", "Account of ben", "Account of ana"],
            await page.ReadAsync<string[]>("[...document.querySelectorAll('#rows bdi')].map(name => name.textContent)")
        );
        Assert.Equal("4 live, 0 revoked", await page.TextAsync("#summary"));
        page.AssertClean(laptop.Emulator.BaseUrl);
    }

    [Fact]
    public async Task Page_LeftOpen_ShowsCreationTokenRenameAndRevocation()
    {
        FakeTimeProvider clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using var laptop = await Laptop.StartAsync(new CartoEmulatorOptions { TimeProvider = clock });
        await using var page = await OpenAsync(laptop);
        await page.ShowsAsync("#summary", "1 live");
        await page.ReadAsync<int>("window.loads = 1");

        var client = laptop.Emulator.CreateClient(laptop.User, Marked);
        await page.ShowsAsync(Row(client), "ETL service");
        clock.Advance(TimeSpan.FromMinutes(7));
        await page.ShowsAsync(Row(client), "7 min. ago");
        await laptop.GrantAsync(client.Id, client.Secret);
        await page.ShowsAsync(Row(client) + " td:nth-of-type(4)", "just now");
        laptop.Emulator.RenameClient(client.Id, "ETL (production) [k8s:3f9a1c:8b2d44e07f15-2]");
        await page.ShowsAsync(Row(client), "ETL (production)");
        laptop.Emulator.DeleteClient(client.Id);
        await page.ShowsAsync(Row(client) + " td:last-child", "Revoked");

        Assert.Equal("1 live, 1 revoked", await page.TextAsync("#summary"));
        Assert.Equal(1, await page.ReadAsync<int>("window.loads"));
        page.AssertClean(laptop.Emulator.BaseUrl);
    }

    [Fact]
    public async Task Page_MarkupFromOutside_IsTextAndRunsNothing()
    {
        const string Script = "<script>window.struck = 1</script>";
        const string Image = "<img src=x onerror='window.struck = 1'>";
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { IdField = Image });
        var script = laptop.Emulator.CreateClient(laptop.User, Script);
        var image = laptop.Emulator.CreateClient(laptop.Emulator.AddUser(Image), Image);
        laptop.Emulator.Faults.Add(Fault.ToolError(Operation.Create, Script));
        await using var page = await OpenAsync(laptop);

        await page.ShowsAsync(Row(image), Image);
        await page.ShowsAsync(Row(script), Script);
        await page.ShowsAsync("#variants", Image);
        await page.ShowsAsync("#faults", Script);
        await page.ShowsAsync("#user", Image);

        Assert.Equal(0, await page.ReadAsync<int>("document.querySelectorAll('main img, main script').length"));
        Assert.Equal("undefined", await page.ReadAsync<string>("typeof window.struck"));
        page.AssertClean(laptop.Emulator.BaseUrl);
    }

    [Fact]
    public async Task Page_WithEverythingOnIt_HoldsNoSecret()
    {
        await using var laptop = await Laptop.StartAsync();
        var client = laptop.Emulator.CreateClient(laptop.User, Marked);
        laptop.Emulator.IssueRefreshToken(laptop.User);
        laptop.Emulator.IssueApiAccessToken(laptop.User);
        await laptop.GrantAsync(client.Id, client.Secret);
        laptop.Emulator.Faults.Add(Fault.Hang(Operation.Create) with { UserId = laptop.User.UserId });
        await using var page = await OpenAsync(laptop);
        await page.ShowsAsync("#faults", "Create Hang");

        var document = await page.ReadAsync<string>("document.documentElement.outerHTML");

        Assert.Contains(client.Id, document, StringComparison.Ordinal);
        Assert.Equal(5, laptop.Emulator.SecretsEverIssued.Count);
        Assert.All(laptop.Emulator.SecretsEverIssued, secret => Assert.DoesNotContain(secret, document, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Page_FilteredByUser_ShowsThatUsersAloneAlsoAfterAReload()
    {
        await using var laptop = await Laptop.StartAsync();
        var mine = laptop.Emulator.CreateClient(laptop.User, Marked);
        var other = laptop.Emulator.CreateClient(laptop.Emulator.AddUser("ben"), "by hand");
        await using var page = await OpenAsync(laptop);
        await page.ShowsAsync(Row(mine), "ETL service");

        await page.Inner.SelectAsync("#user", "ben");
        await page.UntilAsync($"!document.querySelector(`{Row(mine)}`)");
        Assert.Contains("by hand", await page.TextAsync(Row(other)), StringComparison.Ordinal);
        await page.Inner.ReloadAsync();
        await page.ShowsAsync(Row(other), "by hand");

        Assert.Equal("ben", await page.ReadAsync<string>("document.querySelector('#user').value"));
        Assert.Equal("2 live, 0 revoked", await page.TextAsync("#summary"));
        page.AssertClean(laptop.Emulator.BaseUrl);
    }

    [Fact]
    public async Task Page_RevokedOnesLeftOut_CountsThem()
    {
        await using var laptop = await Laptop.StartAsync();
        var client = laptop.Emulator.CreateClient(laptop.User, Marked);
        laptop.Emulator.DeleteClient(client.Id);
        await using var page = await OpenAsync(laptop);
        await page.ShowsAsync(Row(client), "Revoked");

        await page.Inner.ClickAsync("#revoked");
        await page.UntilAsync($"!document.querySelector(`{Row(client)}`)");

        Assert.Equal("1 live, 1 revoked, not shown", await page.TextAsync("#summary"));
    }

    [Fact]
    public async Task Page_VariantsAndFaults_ShowsThoseInEffect()
    {
        await using var laptop = await Laptop.StartAsync();
        await using var page = await OpenAsync(laptop);
        await page.ShowsAsync("#variants-none", "All as by default");
        await page.ShowsAsync("#faults-none", "None");

        laptop.Emulator.Variants = laptop.Emulator.Variants with { SecretInGet = false };
        laptop.Emulator.Faults.Add(Fault.CutAfter(Operation.Token, count: 2) with { UserId = null });
        await page.ShowsAsync("#variants", "secretInGet: false instead of true");
        await page.ShowsAsync("#faults", "Token Cut, afterEffect: true 2 more calls");
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret));
        await page.ShowsAsync("#faults", "one more call");
        laptop.Emulator.Faults.Clear();
        await page.ShowsAsync("#faults-none", "None");

        page.AssertClean(laptop.Emulator.BaseUrl);
    }

    [Fact]
    public async Task Page_NoUsersYet_SaysSo()
    {
        await using var emulator = await CartoEmulator.StartAsync(new CartoEmulatorOptions(), Laptop.Cancelled);
        await using var page = await browser.OpenAsync(emulator.BaseUrl);

        await page.ShowsAsync("#empty", "No clients yet");

        Assert.True(await page.ReadAsync<bool>("document.querySelector('#clients').hidden"));
        page.AssertClean(emulator.BaseUrl);
    }

    [Fact]
    public async Task Page_EmulatorStops_SaysThatItGotNoAnswer()
    {
        await using var laptop = await Laptop.StartAsync();
        await using var page = await OpenAsync(laptop);
        await page.ShowsAsync("#connection", "Live");

        await laptop.Emulator.DisposeAsync();
        await page.ShowsAsync("#connection", "No answer");

        Assert.Contains("Account of ana", await page.TextAsync("#rows"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_ByKeyboard_FindsAllClientsOfAResourceAndKeepsTheFocus()
    {
        await using var laptop = await Laptop.StartAsync();
        var first = laptop.Emulator.CreateClient(laptop.User, "ETL service [k8s:3f9a1c:8b2d44e07f15-1]");
        var other = laptop.Emulator.CreateClient(laptop.User, "Tiles [k8s:3f9a1c:000000000000-1]");
        var second = laptop.Emulator.CreateClient(laptop.User, Marked);
        await using var page = await OpenAsync(laptop);
        await page.ShowsAsync(Row(first), "ETL service");

        await page.Inner.FocusAsync($"{Row(first)} button");
        var newest = laptop.Emulator.CreateClient(laptop.User, "newest");
        laptop.Emulator.RenameClient(first.Id, "ETL [k8s:3f9a1c:8b2d44e07f15-1]");
        await page.ShowsAsync(Row(newest), "newest");
        await page.ShowsAsync($"{Row(first)} bdi", "ETL");
        Assert.True(await page.ReadAsync<bool>($"document.activeElement === document.querySelector(`{Row(first)} button`)"));
        await page.Inner.Keyboard.PressAsync("Enter");
        await page.UntilAsync($"!document.querySelector(`{Row(other)}`)");

        Assert.Equal("2 live, 0 revoked", await page.TextAsync("#summary"));
        Assert.NotEqual("", await page.TextAsync(Row(second)));
        page.AssertClean(laptop.Emulator.BaseUrl);
    }

    [Fact]
    public async Task Page_ToAScreenReader_IsATableWithHeadingsAndNamedControls()
    {
        await using var laptop = await Laptop.StartAsync();
        var client = laptop.Emulator.CreateClient(laptop.User, Marked);
        await using var page = await OpenAsync(laptop);
        await page.ShowsAsync(Row(client), "ETL service");

        var tree = await page.Inner.Accessibility.SnapshotAsync(new() { InterestingOnly = false });
        HashSet<string> nodes = [.. Flatten(tree).Select(node => $"{node.Role} {node.Name}")];

        Assert.All(
            [
                "heading CARTO emulator",
                "table M2M OAuth clients",
                "columnheader Client ID",
                "columnheader Last token",
                "rowheader ETL service cluster 3f9a1c resource 8b2d44e07f15 serial 2",
                "button resource 8b2d44e07f15",
                "combobox User",
                "searchbox Find",
                "checkbox Revoked ones",
                "checkbox Exact times",
            ],
            node => Assert.Contains(node, nodes)
        );
        Assert.Equal(2, Flatten(tree).Count(node => node.Role == "status"));
    }

    [Fact]
    public async Task Page_ExactTimesAskedFor_ShowsThemInPlaceOfAges()
    {
        FakeTimeProvider clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using var laptop = await Laptop.StartAsync(new CartoEmulatorOptions { TimeProvider = clock });
        await using var page = await OpenAsync(laptop);
        await page.ShowsAsync("#rows", "just now");

        Assert.Equal("1 Mar 2026, 12:00:00", await page.ReadAsync<string>("document.querySelector('#rows time').title"));
        await page.Inner.ClickAsync("#exact");

        await page.ShowsAsync("#rows", "1 Mar 2026, 12:00:00");
        Assert.DoesNotContain("just now", await page.TextAsync("#rows"), StringComparison.Ordinal);
    }

    private static string Row(EmulatorClient client) => $"tr[data-id='{client.Id}']";

    private static IEnumerable<PuppeteerSharp.PageAccessibility.SerializedAXNode> Flatten(
        PuppeteerSharp.PageAccessibility.SerializedAXNode node
    ) => [node, .. (node.Children ?? []).SelectMany(Flatten)];

    private async Task<OpenPage> OpenAsync(Laptop laptop)
    {
        var page = await browser.OpenAsync(laptop.Emulator.BaseUrl);
        await page.Inner.EmulateTimezoneAsync("UTC");
        return page;
    }
}
