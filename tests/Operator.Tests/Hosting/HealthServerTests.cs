using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Hosting;

namespace Operator.Tests.Hosting;

public sealed class HealthServerTests
{
    private static readonly ListenAddress FreePort = new(IPAddress.Loopback, 0);

    private Health _live = Health.Good;
    private Health _ready = Health.Good;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_LiveAndReady_AnswerEachForItself()
    {
        await using var server = await StartAsync();
        _ready = new Health(false, "waiting for the first list of: secrets");

        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync(server, "livez"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "waiting for the first list of: secrets\n"), await GetAsync(server, "readyz"));

        (_live, _ready) = (new Health(false, "stuck"), Health.Good);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "stuck\n"), await GetAsync(server, "livez"));
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync(server, "readyz"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("livez/")]
    [InlineData("metrics")]
    public async Task Get_AnythingElse_IsNotFound(string path)
    {
        await using var server = await StartAsync();

        Assert.Equal((HttpStatusCode.NotFound, ""), await GetAsync(server, path));
    }

    [Fact]
    public async Task Post_IsRefused()
    {
        await using var server = await StartAsync();
        using var http = new HttpClient();

        using var answer = await http.PostAsync(new Uri(server.Url, "livez"), null, Cancelled);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Fact]
    public async Task Start_AddressInUse_NamesTheOptionAndTheAddress()
    {
        await using var first = await StartAsync();
        var taken = new ListenAddress(IPAddress.Loopback, first.Url.Port);
        await using var second = NewServer(taken);

        var exception = await Assert.ThrowsAsync<ListenException>(() => second.StartAsync(Cancelled));

        Assert.StartsWith($"--health-port: cannot listen on {taken}: ", exception.Message, StringComparison.Ordinal);
    }

    private async Task<HealthServer> StartAsync()
    {
        var server = NewServer(FreePort);
        await server.StartAsync(Cancelled);
        return server;
    }

    private HealthServer NewServer(ListenAddress address) => new(address, () => _live, () => _ready, NullLoggerFactory.Instance);

    private static async Task<(HttpStatusCode, string)> GetAsync(HealthServer server, string path)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(server.Url, path), Cancelled);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
    }
}
