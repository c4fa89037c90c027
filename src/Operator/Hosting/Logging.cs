using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Operator.Hosting;

/// <summary>The log of the process: one line per record on standard output, in UTC, with the object and the reconcile as scopes.</summary>
internal static class Logging
{
    // Sorts and reads as ISO 8601; the offset is always that of UTC.
    private const string Timestamp = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static ILoggerFactory CreateFactory(LogFormat format, LogLevel level) =>
        LoggerFactory.Create(logging =>
        {
            logging.SetMinimumLevel(level);

            // Library logs may include URLs and bodies: only let warnings through.
            logging.AddFilter("Microsoft", LogLevel.Warning);

            // Repeats ListenException, with a stack trace.
            logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
            logging.AddFilter("System", LogLevel.Warning);
            logging.AddFilter("ModelContextProtocol", LogLevel.Warning);
            if (format == LogFormat.Json)
            {
                logging.AddJsonConsole(json =>
                {
                    json.IncludeScopes = true;
                    json.UseUtcTimestamp = true;
                    json.TimestampFormat = Timestamp;

                    // For log readers rather than HTML: quotes and plus signs are not escaped.
                    json.JsonWriterOptions = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
                });
            }
            else
            {
                logging.AddSimpleConsole(console =>
                {
                    console.SingleLine = true;
                    console.IncludeScopes = true;
                    console.UseUtcTimestamp = true;
                    console.TimestampFormat = Timestamp + " ";
                });
            }
        });
}
