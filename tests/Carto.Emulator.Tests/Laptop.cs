using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Carto.Emulator.Tests;

/// <summary>An emulator with one user, and the ways to talk to it.</summary>
internal sealed class Laptop : IAsyncDisposable
{
    private readonly List<McpClient> _clients = [];

    private Laptop(CartoEmulator emulator, HttpClient http)
    {
        Emulator = emulator;
        Http = http;
        User = emulator.AddUser("ana");
    }

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Waits for what comes soon after an answer, such as the log of its call.</summary>
    public static async Task EventuallyAsync(Func<bool> condition)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(deadline) < TimeSpan.FromSeconds(20), "It did not happen in time.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancelled);
        }
    }

    /// <summary>Waits until that many calls of an operation are logged. That comes after their answers, in any order.</summary>
    public async Task<IReadOnlyList<CallRecord>> LoggedAsync(Operation operation, int count = 1)
    {
        await EventuallyAsync(() => Emulator.Calls.Count(operation) >= count);
        return [.. Emulator.Calls.Latest.Where(call => call.Operation == operation)];
    }

    public CartoEmulator Emulator { get; }

    /// <summary>Trusts the emulator's authority and nothing else; follows no redirect.</summary>
    public HttpClient Http { get; }

    public EmulatorUser User { get; }

    public static Task<Laptop> StartAsync() => StartAsync(new CartoEmulatorOptions());

    public static Task<Laptop> StartAsync(EmulatorVariants variants) => StartAsync(new CartoEmulatorOptions { Variants = variants });

    public static async Task<Laptop> StartAsync(CartoEmulatorOptions options)
    {
        var emulator = await CartoEmulator.StartAsync(options, Cancelled);
        return new Laptop(emulator, NewHttp(emulator.CaPem));
    }

    public static HttpClient NewHttp(string caPem)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(caPem));
        return new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                Expect100ContinueTimeout = TimeSpan.FromSeconds(30),
                SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            }
        );
    }

    /// <summary>Opens an MCP session with the official client.</summary>
    public async Task<McpClient> ConnectAsync(string? token = null, EmulatorUser? user = null, string? protocol = null)
    {
        user ??= User;
        var transport = new HttpClientTransport(
            new HttpClientTransportOptions
            {
                Endpoint = Emulator.McpUrl(user),
                TransportMode = HttpTransportMode.StreamableHttp,
                AdditionalHeaders = new Dictionary<string, string>
                {
                    ["Authorization"] = $"Bearer {token ?? Emulator.IssueAccessToken(user)}",
                },
            },
            Http
        );
        var client = await McpClient.CreateAsync(
            transport,
            new McpClientOptions { ProtocolVersion = protocol },
            cancellationToken: Cancelled
        );
        _clients.Add(client);
        return client;
    }

    /// <summary>Posts a form to the token endpoint.</summary>
    public Task<Reply> PostTokenAsync(params (string Name, string Value)[] form) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Post, Emulator.TokenUrl)
            {
                Content = new FormUrlEncodedContent(form.ToDictionary(f => f.Name, f => f.Value)),
            }
        );

    /// <summary>Asks for a token with a pair.</summary>
    public Task<Reply> GrantAsync(string clientId, string clientSecret) =>
        PostTokenAsync(
            ("grant_type", "client_credentials"),
            ("client_id", clientId),
            ("client_secret", clientSecret),
            ("audience", Emulator.Audience)
        );

    /// <summary>Posts one JSON-RPC request to the MCP server, without an MCP client.</summary>
    public Task<Reply> PostMcpAsync(string body, string? token = null, string? accountId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Emulator.BaseUrl, $"mcp/{accountId ?? User.AccountId}"))
        {
            Content = new StringContent(body, new MediaTypeHeaderValue("application/json")),
        };
        // A server that refuses a body hangs up on whoever still sends it: the body waits until it is asked for.
        request.Headers.ExpectContinue = true;
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (token != "")
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? Emulator.IssueAccessToken(User));
        }

        return SendAsync(request);
    }

    /// <summary>Calls <c>manage_oauth_clients</c> by a bare request.</summary>
    public Task<Reply> PostManageAsync(string arguments) =>
        PostMcpAsync(
            $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"manage_oauth_clients","arguments":{{{arguments}}}}}"""
        );

    public async Task<Reply> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await Http.SendAsync(request, Cancelled);
            return new Reply(
                response.StatusCode,
                await response.Content.ReadAsStringAsync(Cancelled),
                response.Content.Headers.ContentType?.MediaType,
                response.Headers
            );
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        Http.Dispose();
        await Emulator.DisposeAsync();
    }
}

/// <summary>An HTTP answer, read to its end.</summary>
internal sealed record Reply(HttpStatusCode Status, string Body, string? ContentType, HttpResponseHeaders Headers)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;
}

internal static class McpClientExtensions
{
    /// <summary>Calls a tool and reads its text.</summary>
    public static async Task<(bool IsError, string Text)> CallTextAsync(
        this McpClient client,
        string tool,
        params (string Name, object Value)[] arguments
    )
    {
        var result = await client.CallToolAsync(
            tool,
            arguments.ToDictionary(a => a.Name, a => (object?)a.Value),
            cancellationToken: Laptop.Cancelled
        );
        return (result.IsError == true, result.Content.OfType<TextContentBlock>().SingleOrDefault()?.Text ?? "");
    }

    /// <summary>Calls <c>manage_oauth_clients</c> with the default arguments and reads its answer.</summary>
    public static async Task<JsonElement> ManageAsync(this McpClient client, string method, params (string Name, object Value)[] arguments)
    {
        var (isError, text) = await client.CallTextAsync("manage_oauth_clients", [("method", method), ("type", "m2m"), .. arguments]);
        Assert.False(isError, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
