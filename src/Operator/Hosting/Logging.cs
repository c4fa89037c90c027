using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Operator.Hosting;

/// <summary>The log of the process: one line a record on standard output, in UTC, with the object and the reconcile as scopes.</summary>
internal static class Logging
{
    // Sorts and reads as ISO 8601; the offset is always that of UTC.
    private const string Timestamp = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static ILoggerFactory CreateFactory(LogFormat format, LogLevel level) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(level);

        // What libraries log is theirs to word, URLs and bodies included: only their complaints are let through.
        logging.AddFilter("Microsoft", LogLevel.Warning);

        // Says again, with a stack, what ListenException says.
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

                // For readers of logs, not for pages of HTML: quotes and plus signs stay what they are.
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
