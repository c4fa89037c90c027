using Microsoft.Extensions.Logging;
using Xunit;

namespace Operator.TestKit;

/// <summary>
/// Collects what is logged during one test: for assertions, and as the test's output, which is shown when the test fails.
/// Make it inside the test or in its class's constructor.
/// </summary>
public sealed class TestLog : ILoggerProvider, ISupportExternalScope
{
    private readonly ITestOutputHelper? _output = TestContext.Current.TestOutputHelper;
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    /// <summary>Every line logged, exceptions included.</summary>
    public LogBuffer Lines { get; } = new();

    /// <summary>A factory that logs here, at every level.</summary>
    public ILoggerFactory CreateFactory() => LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(this));

    /// <summary>Adds a line that some other process wrote.</summary>
    public void Add(string line)
    {
        Lines.Add(line);
        try
        {
            _output?.WriteLine(line);
        }
        catch (InvalidOperationException)
        {
            // The test is over; what still runs may log, but there is no output left to show it in.
        }
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose() { }

    private sealed class Logger(TestLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => log._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            var scopes = new List<string>();
            log._scopes.ForEachScope((scope, into) => into.Add($"{scope}"), scopes);
            var where = scopes.Count == 0 ? "" : $" [{string.Join(' ', scopes)}]";
            var cause = exception is null ? "" : $"\n{exception}";
            log.Add(
                $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {logLevel} {category}[{eventId.Id}]{where} "
                    + $"{formatter(state, exception)}{cause}"
            );
        }
    }
}
