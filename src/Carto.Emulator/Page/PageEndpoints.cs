using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Carto.Emulator.Page;

/// <summary>
/// <c>/</c>: a page that shows the current state. It shows no secret and changes nothing. Like the admin endpoint, it only serves local
/// callers and is not subject to faults.
/// </summary>
internal static class PageEndpoints
{
    /// <summary>The emulator's clock, which tests and demos may change: the page uses it to show ages.</summary>
    public const string TimeHeader = "Emulator-Time";

    // The page needs only its own two files and data. Whatever a client's name contains, the browser must not run or load anything else.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    public static void Map(IEndpointRouteBuilder app, PageReader reader, TimeProvider timeProvider)
    {
        MapFile(app, "/", "page.html", "text/html; charset=utf-8");
        MapFile(app, "/page/page.css", "page.css", "text/css; charset=utf-8");
        MapFile(app, "/page/page.js", "page.js", "text/javascript; charset=utf-8");
        MapFile(app, "/page/icon.svg", "icon.svg", "image/svg+xml");
        Map(app, "/page/view", context =>
        {
            context.Response.Headers[TimeHeader] = timeProvider.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
            return WriteAsync(
                context,
                "application/json; charset=utf-8",
                JsonSerializer.SerializeToUtf8Bytes(reader.Read(PageFilter.Of(context.Request.Query)), PageJsonContext.Default.PageView)
            );
        });
    }

    private static void MapFile(IEndpointRouteBuilder app, string path, string file, string contentType)
    {
        using var resource = typeof(PageEndpoints).Assembly.GetManifestResourceStream(typeof(PageEndpoints), file)
            ?? throw new InvalidOperationException($"The page's file {file} is not in the assembly.");
        var body = new byte[resource.Length];
        resource.ReadExactly(body);
        Map(app, path, context => WriteAsync(context, contentType, body));
    }

    private static void Map(IEndpointRouteBuilder app, string path, RequestDelegate answer) =>
        app.MapMethods(
            path,
            ["GET", "HEAD"],
            (RequestDelegate)(
                async context =>
                {
                    if (await ThisMachine.AdmitsAsync(context))
                    {
                        await answer(context);
                    }
                }
            )
        );

    /// <summary>Returns the body, or 304 if the caller has it.</summary>
    private static async Task WriteAsync(HttpContext context, string contentType, byte[] body)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 16))}\"";
        headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
        }
        else
        {
            await Answers.WriteAsync(context, contentType, body);
        }
    }
}
