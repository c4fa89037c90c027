using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Operator.Contracts;

namespace Operator.Telemetry;

/// <summary>Exports traces as configured by OpenTelemetry's environment variables; creates none if they are unset.</summary>
internal static class Tracing
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    private const string Exporter = "OTEL_TRACES_EXPORTER";
    private const string Disabled = "OTEL_SDK_DISABLED";

    /// <summary>Starts exporting; null if not configured. Flushes on dispose.</summary>
    public static IDisposable? Start(Func<string, string?> environment)
    {
        var isWanted =
            !string.IsNullOrEmpty(environment(TracesEndpoint) ?? environment(Endpoint))
            && !string.Equals(environment(Exporter), "none", StringComparison.OrdinalIgnoreCase)
            && !string.Equals(environment(Disabled), "true", StringComparison.OrdinalIgnoreCase);
        return isWanted
            ? Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(static resource =>
                    resource
                        .Clear()
                        .AddService(WireNames.Manager, serviceVersion: ProductVersion.Short, serviceInstanceId: Environment.MachineName)
                        .AddTelemetrySdk()
                        .AddEnvironmentVariableDetector()
                )
                .AddSource("Operator.*")
                .AddOtlpExporter()
                .Build()
            : null;
    }
}
