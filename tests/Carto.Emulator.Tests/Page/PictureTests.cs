using Microsoft.Extensions.Time.Testing;
using PuppeteerSharp;

namespace Carto.Emulator.Tests.Page;

/// <summary>What the page looks like. <c>make screenshot</c> keeps the pictures, in the folder that <c>PAGE_PICTURES</c> names.</summary>
public sealed class PictureTests(Browser browser) : IClassFixture<Browser>
{
    private const int MostBytes = 150_000;

    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("light")]
    [InlineData("dark")]
    public async Task Page_InLightAndDark_MakesASmallPicture(string scheme)
    {
        FakeTimeProvider clock = new(Noon);
        await using var laptop = await Laptop.StartAsync(new CartoEmulatorOptions { TimeProvider = clock });
        await FillAsync(laptop, clock);
        await using var page = await OpenAsync(laptop, scheme, width: 1120);

        var picture = await page.Inner.ScreenshotDataAsync();

        if (Environment.GetEnvironmentVariable("PAGE_PICTURES") is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllBytesAsync(Path.Combine(folder, $"emulator-{scheme}.png"), picture, Laptop.Cancelled);
        }

        Assert.InRange(picture.Length, 1, MostBytes);
        Assert.Equal(
            scheme == "dark" ? "rgb(21, 19, 29)" : "rgb(246, 245, 249)",
            await page.ReadAsync<string>("getComputedStyle(document.body).backgroundColor")
        );
    }

    [Theory]
    [InlineData(1120)]
    [InlineData(360)]
    public async Task Page_InAWindowOfAnyWidth_DoesNotScrollSideways(int width)
    {
        FakeTimeProvider clock = new(Noon);
        await using var laptop = await Laptop.StartAsync(new CartoEmulatorOptions { TimeProvider = clock });
        laptop.Emulator.CreateClient(laptop.Emulator.AddUser(new string('u', 200)), new string('n', 2000));
        await FillAsync(laptop, clock);
        await using var page = await OpenAsync(laptop, "light", width);

        Assert.Equal(width, await page.ReadAsync<int>("document.documentElement.scrollWidth"));
    }

    private async Task<OpenPage> OpenAsync(Laptop laptop, string scheme, int width)
    {
        var page = await browser.OpenAsync(laptop.Emulator.BaseUrl);
        await page.Inner.EmulateMediaFeaturesAsync([
            new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme },
        ]);
        await page.Inner.SetViewportAsync(new ViewPortOptions { Width = width, Height = 850 });
        await page.ShowsAsync("#summary", "1 revoked");
        return page;
    }

    /// <summary>A morning with the operator: two users, a rotation, a client of a person's own, and trouble to come.</summary>
    private static async Task FillAsync(Laptop laptop, FakeTimeProvider clock)
    {
        var emulator = laptop.Emulator;
        var ben = emulator.AddUser("ben");
        clock.Advance(TimeSpan.FromHours(2));
        var notebook = emulator.CreateClient(ben, "Notebook, made by hand");
        var old = emulator.CreateClient(laptop.User, "ETL service [k8s:3f9a1c:8b2d44e07f15-1]");
        var tiles = emulator.CreateClient(laptop.User, "map-tiles [k8s:3f9a1c:d01c7be2a946-1]");
        await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);
        await laptop.GrantAsync(old.Id, old.Secret);
        clock.Advance(TimeSpan.FromMinutes(48));
        var current = emulator.CreateClient(laptop.User, "ETL (production) [k8s:3f9a1c:8b2d44e07f15-2]");
        await laptop.GrantAsync(tiles.Id, tiles.Secret);
        clock.Advance(TimeSpan.FromMinutes(9));
        await laptop.GrantAsync(current.Id, current.Secret);
        await laptop.GrantAsync(notebook.Id, notebook.Secret);
        emulator.DeleteClient(old.Id);
        clock.Advance(TimeSpan.FromSeconds(40));
        emulator.CreateClient(ben, "geocoder [k8s:77be02:4c90a1f3e8d2-1]");
        emulator.Variants = emulator.Variants with { SecretInGet = false, Paging = Paging.PageAndLimit };
        emulator.Faults.Add(Fault.CutAfter(Operation.Create, count: 2));
        emulator.Faults.Add(Fault.TooManyRequests(Operation.List, TimeSpan.FromSeconds(7), count: null));
    }
}
