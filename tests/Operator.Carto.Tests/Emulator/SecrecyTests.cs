using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Carto.Emulator;
using Microsoft.Extensions.Logging;
using Operator.TestKit.Leaks;

namespace Operator.Carto.Tests.Emulator;

/// <summary>What can be seen of calls from outside, and what cannot.</summary>
public sealed class SecrecyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnyCall_WhateverItsEnd_LeavesNoSecretInLogsExceptionsOrInfo()
    {
        using var log = new CapturingLoggerFactory();
        await using var carto = await Carto.StartAsync(new() { SecretInList = true, RotateRefreshTokens = true }, Small);
        using var leaks = new LeakHunt(() => carto.Emulator.SecretsEverIssued);
        var seen = log.Text;
        ICartoApi[] accounts =
        [
            Account(carto.Options),
            Account(
                carto.Options with
                {
                    Credentials = new CartoCredentials.AccessToken(new Sensitive(carto.Emulator.IssueAccessToken(carto.User))),
                }
            ),
            Account(
                carto.Options with
                {
                    Credentials = new CartoCredentials.RefreshToken(
                        EmulatorUser.PublicClientId,
                        new Sensitive(carto.Emulator.IssueRefreshToken(carto.User))
                    ),
                }
            ),
            Account(
                carto.Options with
                {
                    Credentials = new CartoCredentials.ClientCredentials("nobody", new Sensitive(carto.User.ClientSecret)),
                }
            ),
        ];
        Fault?[] faults =
        [
            null,
            .. ((Operation[])[Operation.Token, Operation.Initialize, Operation.ToolsList, Operation.Create, Operation.List]).SelectMany(
                operation =>
                    (Fault[])
                        [
                            Fault.MalformedBody(operation),
                            Fault.HugeAnswer(operation, 60_000),
                            Fault.CutAfter(operation),
                            Fault.HttpStatus(operation, 400),
                            Fault.HttpStatus(operation, 500) with
                            {
                                Message = $"broken {carto.User.ClientSecret}",
                            },
                            Fault.TokenRefused(operation, 2),
                        ]
            ),
            Fault.MalformedText(Operation.Create),
            Fault.MalformedText(Operation.List),
            Fault.ToolError(Operation.Create, $"cannot create with {carto.User.ClientSecret}"),
        ];
        foreach (var account in accounts)
        {
            foreach (var fault in faults)
            {
                carto.Emulator.Faults.Clear();
                if (fault is not null)
                {
                    carto.Emulator.Faults.Add(fault);
                }

                await SeeAsync(async () => seen.Append(await account.ConnectAsync(Token)));
                await SeeAsync(async () => seen.Append(await account.Clients.CreateAsync("etl", Token)));
                await SeeAsync(async () => seen.AppendJoin(' ', (await account.Clients.ListAsync(Token)).Clients));
                await SeeAsync(() => account.VerifyAsync(carto.User.ClientId, new Sensitive(carto.User.ClientSecret), Token));
            }

            await account.DisposeAsync();
        }

        var text = seen.ToString();
        Assert.Contains("create", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(carto.User.ClientId, text, StringComparison.Ordinal);
        Assert.True(carto.Emulator.SecretsEverIssued.Count > 20);
        leaks.Check("what was seen", text);

        // The SDK puts the words of a refusal into its own traces, and these words are CARTO's. The operator collects no traces.
        Assert.DoesNotContain(leaks.Found(), found =>
            !found.Contains("in a trace: Experimental.ModelContextProtocol", StringComparison.Ordinal)
        );

        static CartoApiOptions Small(CartoEmulator emulator, EmulatorUser user, CartoApiOptions options) =>
            options with
            {
                MaxResponseBytes = 50_000,
            };

        ICartoApi Account(CartoApiOptions options)
        {
            seen.Append(options);
            return new CartoApiFactory(TimeProvider.System, log).Create(options);
        }

        async Task SeeAsync(Func<Task> call)
        {
            try
            {
                await call();
            }
            catch (CartoException exception)
            {
                seen.Append(exception).Append(exception.Error);
            }
        }
    }

    [Fact]
    public async Task AnyCall_IsCountedByOperationAndOutcome()
    {
        var counted = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "Operator.Carto")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument, tags, value));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Count(instrument, tags, 1));
        listener.Start();
        await using var carto = await Carto.StartAsync();

        await carto.Account.ConnectAsync(Token);
        await carto.Clients.CreateAsync("etl", Token);
        await Assert.ThrowsAsync<CartoException>(() => carto.Clients.DeleteAsync("nobody", Token));

        // Other tests count at the same time.
        string[] expected =
        [
            "carto.calls operation=connect outcome=ok",
            "carto.calls operation=create outcome=ok",
            "carto.calls operation=delete outcome=notfound",
            "carto.call.duration operation=create outcome=ok",
            "carto.token.requests outcome=ok",
        ];
        Assert.All(expected, name => Assert.True(counted.GetValueOrDefault(name) > 0, name));

        void Count(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags, long value)
        {
            var name = new StringBuilder(instrument.Name);
            foreach (var (key, tag) in tags)
            {
                name.Append(' ').Append(key).Append('=').Append(tag);
            }

            counted.AddOrUpdate(name.ToString(), value, (_, sum) => sum + value);
        }
    }

    /// <summary>Writes everything that is logged, at any level, into one text.</summary>
    private sealed class CapturingLoggerFactory : ILoggerFactory, ILogger
    {
        public StringBuilder Text { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) { }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            lock (Text)
            {
                Text.Append(formatter(state, exception)).Append(exception).AppendLine();
            }
        }

        public void Dispose() { }
    }
}
