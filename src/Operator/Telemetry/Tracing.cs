using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Operator.Contracts;

namespace Operator.Telemetry;

/// <summary>Sends traces to where OpenTelemetry's own environment variables say, and makes none when they say nothing.</summary>
internal static class Tracing
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    private const string Exporter = "OTEL_TRACES_EXPORTER";
    private const string Disabled = "OTEL_SDK_DISABLED";

    /// <summary>Begins to send them; null when nobody wants them. What is left is sent when it is disposed.</summary>
    public static IDisposable? Start(Func<string, string?> environment)
    {
        var isWanted = !string.IsNullOrEmpty(environment(TracesEndpoint) ?? environment(Endpoint))
            && !string.Equals(environment(Exporter), "none", StringComparison.OrdinalIgnoreCase)
            && !string.Equals(environment(Disabled), "true", StringComparison.OrdinalIgnoreCase);
        return isWanted
            ? Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(static resource => resource
                    .Clear()
                    .AddService(WireNames.Manager, serviceVersion: ProductVersion.Short, serviceInstanceId: Environment.MachineName)
                    .AddTelemetrySdk()
                    .AddEnvironmentVariableDetector())
                .AddSource("Operator.*")
                .AddOtlpExporter()
                .Build()
            : null;
    }
}
