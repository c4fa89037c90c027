using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Operator.Benchmarks.Measures;
using Operator.TestKit;

namespace Operator.Benchmarks.World;

/// <summary>The operator's process, and what it costs.</summary>
internal sealed class MeasuredOperator : IAsyncDisposable
{
    /// <summary>The name of the controller of the resources, in its meters.</summary>
    private const string Controller = "m2moauthclient";

    private readonly OperatorProcess _process;
    private readonly DiagnosticsClientConnector _connector;
    private readonly Meters _meters;
    private readonly Profile? _profile;
    private readonly string? _profilePath;
    private readonly LogBuffer _log;

    private MeasuredOperator(
        OperatorProcess process,
        DiagnosticsClientConnector connector,
        Meters meters,
        Profile? profile,
        string? profilePath,
        LogBuffer log,
        long started
    )
    {
        _profile = profile;
        _profilePath = profilePath;
        _process = process;
        _connector = connector;
        _meters = meters;
        _log = log;
        Started = started;
    }

    /// <summary>When its process was told to begin.</summary>
    public long Started { get; }

    /// <summary>Its last lines.</summary>
    public string LogTail => _log.Tail(30);

    /// <summary>Starts it, with its meters read from its first call on.</summary>
    public static async Task<MeasuredOperator> StartAsync(BenchWorld world, CancellationToken cancellationToken)
    {
        var port = world.PathOf($"diagnostics-{Guid.NewGuid():N}");
        var log = new LogBuffer(capacity: 1000);
        var process = OperatorProcess.Start(
            world.OperatorKubeconfig,
            ["--concurrency", world.Options.Concurrency.ToString(CultureInfo.InvariantCulture), "--log-level", "warning"],
            log.Add,
            new Dictionary<string, string> { ["DOTNET_DiagnosticPorts"] = $"{port},connect,suspend" }
        );
        try
        {
            var connector = await ConnectAsync(port, process, log, cancellationToken);
            var meters = await Meters.AttachAsync(connector.Instance, world.Options.MeterInterval, cancellationToken);
            var profilePath = world.Options.Profiles is { } folder ? Path.Combine(folder, $"profile-{process.Id}.txt") : null;
            var profile = profilePath is null
                ? null
                : await Profile.StartAsync(connector.Instance, world.PathOf($"profile-{process.Id}.nettrace"), cancellationToken);
            var started = TimeProvider.System.GetTimestamp();
            connector.Instance.ResumeRuntime();
            return new MeasuredOperator(process, connector, meters, profile, profilePath, log, started);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>What Linux says of it.</summary>
    public ProcessSample Sample() => ProcessSample.Of(_process.Id);

    /// <summary>What its meters say.</summary>
    public Task<MeterReading> ReadMetersAsync(CancellationToken cancellationToken) => _meters.ReadAsync(cancellationToken);

    /// <summary>Waits until it does nothing any more, and has reconciled that many resources since its start. Returns its meters.</summary>
    public async Task<MeterReading> SettleAsync(int reconciles, TimeSpan limit, CancellationToken cancellationToken)
    {
        var last = MeterReading.Nothing;
        await Eventually.GetAsync(
            async token =>
            {
                var before = last;
                last = await ReadMetersAsync(token);
                return (Reconciles: ReconcilesOf(last), Quiet: Activity(last) == Activity(before) && !HasWork(last));
            },
            seen => seen.Quiet && seen.Reconciles >= reconciles,
            $"{reconciles} reconciles of resources, and then nothing more to do",
            cancellationToken,
            limit
        );
        return last;
    }

    /// <summary>Stops it as Kubernetes does.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.Exited.IsCompleted)
        {
            if (_profile is not null)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_profilePath)!);
                await File.WriteAllTextAsync(_profilePath!, await _profile.EndAsync(CancellationToken.None), CancellationToken.None);
            }

            await _process.StopAsync();
        }

        await _process.DisposeAsync();
        await _meters.DisposeAsync();
        await _connector.DisposeAsync();
    }

    /// <summary>How many reconciles of resources the meters count.</summary>
    public static double ReconcilesOf(MeterReading reading) =>
        reading.Sum("operator.reconciles", series => series["controller"] == Controller);

    // One that ends before it asks for its diagnostics will never do so.
    private static async Task<DiagnosticsClientConnector> ConnectAsync(
        string port,
        OperatorProcess process,
        LogBuffer log,
        CancellationToken cancellationToken
    )
    {
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var connecting = DiagnosticsClientConnector.FromDiagnosticPort($"{port},listen", listening.Token);
        if (await Task.WhenAny(connecting, process.Exited) != connecting)
        {
            await listening.CancelAsync();
            throw new InvalidOperationException(
                $"The operator ended with {await process.Exited} before it had begun. Its last lines:\n{log.Tail(30)}"
            );
        }

        return await connecting;
    }

    // A machine that is busy with other things can make a worker look idle for a while.
    private static bool HasWork(MeterReading reading) =>
        reading.Sum("operator.queue.length") + reading.Sum("operator.reconciles.running") > 0;

    private static (double Calls, double Reconciles, double Carto) Activity(MeterReading reading) =>
        (
            reading.Sum("operator.kubernetes.calls", series => series["verb"] != "watch" && series["resource"] != Figures.Leases),
            reading.Sum("operator.reconciles"),
            reading.Sum("carto.calls") + reading.Sum("carto.token.requests")
        );
}
