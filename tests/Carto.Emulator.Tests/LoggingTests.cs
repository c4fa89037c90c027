using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Carto.Emulator.Tests;

public sealed class LoggingTests
{
    [Fact]
    public async Task Log_AtItsLoudest_NamesCallsAndHoldsNoSecret()
    {
        RecordingProvider log = new();
        using var factory = LoggerFactory.Create(l => l.AddProvider(log).SetMinimumLevel(LogLevel.Trace));
        await using var laptop = await Laptop.StartAsync(new CartoEmulatorOptions { LoggerFactory = factory });
        var token = (await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret)).Json.GetProperty("access_token").GetString();
        await laptop.GrantAsync(laptop.User.ClientId, "a wrong secret");
        var mcp = await laptop.ConnectAsync(token);
        await mcp.ManageAsync("create", ("title", "etl"));

        // A call is logged when it has been answered, and perhaps a moment after its caller has the answer.
        await Laptop.EventuallyAsync(() => log.Lines.Any(l => l.Text.StartsWith("Create by", StringComparison.Ordinal)));
        var own = log.Lines.Where(l => l.Category.StartsWith("Carto.Emulator", StringComparison.Ordinal)).ToList();

        Assert.Contains(own, l => l.Level == LogLevel.Debug && l.Text == $"Create by {laptop.User.UserId} of etl: ok");
        Assert.DoesNotContain(own, l => l.Level > LogLevel.Debug);
        Assert.All(laptop.Emulator.SecretsEverIssued, secret =>
            Assert.DoesNotContain(own, l => l.Text.Contains(secret, StringComparison.Ordinal))
        );
        Assert.DoesNotContain(log.Lines.Where(l => l.Level >= LogLevel.Debug), l =>
            laptop.Emulator.SecretsEverIssued.Any(s => l.Text.Contains(s, StringComparison.Ordinal))
        );
    }

    private sealed record Line(string Category, LogLevel Level, string Text);

    private sealed class RecordingProvider : ILoggerProvider
    {
        public ConcurrentQueue<Line> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => new Recorder(categoryName, Lines);

        public void Dispose() { }
    }

    private sealed class Recorder(string category, ConcurrentQueue<Line> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => lines.Enqueue(new Line(category, logLevel, formatter(state, exception)));
    }
}
