using System.Collections.Concurrent;
using PuppeteerSharp;

namespace Carto.Emulator.Tests.Page;

/// <summary>A Chromium without a window, for all tests of a class. Where there is none, those that ask for a page are skipped.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Find() is not { } chromium)
        {
            return;
        }

        _browser = await Puppeteer.LaunchAsync(
            new LaunchOptions
            {
                ExecutablePath = chromium,

                // The certificate authority is another one for each emulator.
                AcceptInsecureCerts = true,

                // With the pipe the browser ends, too, however these tests end.
                Pipe = true,
                DefaultViewport = new ViewPortOptions { Width = 1280, Height = 800 },
                Args =
                [
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--lang=en-GB",
                    // Chromium refuses to build its sandbox as root.
                    .. Environment.IsPrivilegedProcess ? ["--no-sandbox"] : Array.Empty<string>(),
                ],
            }
        );
    }

    /// <summary>Opens an address in a page of its own, with nothing kept from others.</summary>
    public async Task<OpenPage> OpenAsync(Uri address)
    {
        Assert.SkipWhen(_browser is null, "There is no Chromium here: install the package chromium to test the page.");
        return await OpenPage.OpenAsync(await _browser!.CreateBrowserContextAsync(), address);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
    }

    private static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "chromium"))
            .FirstOrDefault(File.Exists);
}

/// <summary>A page that is open, and all that it did that a page should not do.</summary>
public sealed class OpenPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = [];
    private readonly ConcurrentDictionary<string, bool> _origins = [];

    private OpenPage(IBrowserContext context, IPage page)
    {
        _context = context;
        Inner = page;
        page.Console += (_, e) => Note(e.Message.Type is ConsoleType.Error or ConsoleType.Warning, $"{e.Message.Type}: {e.Message.Text}");
        page.PageError += (_, e) => _complaints.Enqueue($"Uncaught: {e.Message}");
        page.Request += (_, e) => _origins.TryAdd(new Uri(e.Request.Url).GetLeftPart(UriPartial.Authority), true);
    }

    public IPage Inner { get; }

    /// <summary>Errors and warnings of its console, and what no script caught.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Where it asked for anything.</summary>
    public IEnumerable<string> Origins => _origins.Keys;

    public static async Task<OpenPage> OpenAsync(IBrowserContext context, Uri address)
    {
        OpenPage page = new(context, await context.NewPageAsync());
        await page.Inner.GoToAsync(address.ToString(), WaitUntilNavigation.DOMContentLoaded);
        return page;
    }

    /// <summary>The value of a JavaScript expression.</summary>
    public Task<T> ReadAsync<T>(string expression) => Inner.EvaluateExpressionAsync<T>(expression);

    /// <summary>The text of the element that a selector finds; empty where there is none.</summary>
    public Task<string> TextAsync(string selector) =>
        Inner.EvaluateFunctionAsync<string>("selector => document.querySelector(selector)?.innerText ?? ''", selector);

    /// <summary>Waits until a text of the element contains what is expected.</summary>
    public Task ShowsAsync(string selector, string expected) =>
        UntilAsync(
            async () => (await TextAsync(selector)).Contains(expected, StringComparison.Ordinal),
            $"{selector} to show \"{expected}\""
        );

    /// <summary>Waits until a JavaScript expression is true.</summary>
    public Task UntilAsync(string expression) => UntilAsync(() => ReadAsync<bool>(expression), expression);

    /// <summary>Fails if the page complained or asked anybody but its own server.</summary>
    public void AssertClean(Uri address)
    {
        Assert.Empty(Complaints);
        Assert.Equal([address.GetLeftPart(UriPartial.Authority)], Origins);
    }

    public async ValueTask DisposeAsync() => await _context.CloseAsync();

    private async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromSeconds(20))
            {
                Assert.Fail($"It took too long for {what}. The page:\n{await TextAsync("body")}\n{string.Join('\n', Complaints)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Laptop.Cancelled);
        }
    }

    private void Note(bool isBad, string complaint)
    {
        if (isBad)
        {
            _complaints.Enqueue(complaint);
        }
    }
}
