using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Operator.Telemetry;

namespace Operator.Hosting;

/// <summary>Serves all metrics of the operator at <c>/metrics</c> in Prometheus format.</summary>
internal sealed class MetricsServer : IAsyncDisposable
{
    private const string Prefix = "carto_operator.";
    private const string OwnPrefix = "operator.";

    // Series beyond the limit would collapse into one without labels; but memory is allocated for all of them upfront.
    private const int MostAccounts = 1_000;
    private const int MostResources = 30_000;
    private const int MostSeriesOfOthers = 250;

    /// <summary>From a local call to one throttled by CARTO.</summary>
    private static readonly double[] Buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly MeterProvider _provider;
    private readonly WebListener _listener;

    public MetricsServer(ListenAddress address, ILoggerFactory loggers)
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter("Operator", "Operator.*")
            .AddView(View)
            .AddPrometheusExporter(exporter =>
            {
                // No caching, so that every scrape is current; the scraper adds labels that identify the process.
                exporter.ScrapeResponseCacheDurationMilliseconds = 0;
                exporter.ScopeInfoEnabled = false;
                exporter.TargetInfoEnabled = false;
            })
            .Build();
        _listener = new WebListener("--metrics-port", address, loggers, app =>
            app.UseOpenTelemetryPrometheusScrapingEndpoint(_provider, null, "/metrics", null, null)
        );
    }

    /// <summary>Where it listens, once started.</summary>
    public Uri Url => new(_listener.Url, "metrics");

    /// <summary>Starts to listen.</summary>
    /// <exception cref="ListenException">The address cannot be bound.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => _listener.StartAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _provider.Dispose();
    }

    /// <summary>Prefixes library instruments with the product's name.</summary>
    private static MetricStreamConfiguration View(Instrument instrument)
    {
        var name =
            Prefix
            + (instrument.Name.StartsWith(OwnPrefix, StringComparison.Ordinal) ? instrument.Name[OwnPrefix.Length..] : instrument.Name);
        var series =
            instrument.Meter.Name == ResourceGauges.MeterName ? MostResources
            : StateGauges.SeriesOfAccount(instrument.Name) is > 0 and var perAccount ? perAccount * MostAccounts
            : MostSeriesOfOthers;
        return instrument is Histogram<double>
            ? new ExplicitBucketHistogramConfiguration
            {
                Name = name,
                Boundaries = Buckets,
                CardinalityLimit = series,
            }
            : new MetricStreamConfiguration { Name = name, CardinalityLimit = series };
    }
}
