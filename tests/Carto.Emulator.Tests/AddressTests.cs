using System.Net;
using System.Net.Http.Headers;

namespace Carto.Emulator.Tests;

/// <summary>Where the MCP server answers.</summary>
public sealed class AddressTests
{
    private const string AiHost = "ai-region.example";

    private static readonly McpAddresses Nowhere = new() { Cloud = false, Api = false };

    public static TheoryData<McpAddresses, string> Variants =>
        new()
        {
            { new McpAddresses(), "mcp api/mcp" },
            { Nowhere, "" },
            { Nowhere with { Cloud = true }, "mcp" },
            { Nowhere with { Api = true }, "api/mcp" },
            { Nowhere with { Sso = true }, "mcp/sso" },
            { Nowhere with { Ai = true }, "ai-:mcp ai-:mcp/sso" },
            { EmulatorVariants.Likely.Addresses, "mcp ai-:mcp ai-:mcp/sso" },
        };

    [Theory]
    [MemberData(nameof(Variants), DisableDiscoveryEnumeration = true)]
    public async Task Addresses_OtherThanTheVariants_Answer404(McpAddresses variant, string expected)
    {
        await using var laptop = await Laptop.StartAsync(
            new CartoEmulatorOptions
            {
                HostNames = [AiHost],
                Variants = new EmulatorVariants { Addresses = variant },
            }
        );
        laptop.Emulator.Faults.Add(Fault.HttpStatus(Operation.ToolsList, 503, count: null));

        List<string> served = [];
        foreach (var host in (string[])["", "ai-:"])
        {
            foreach (var path in (string[])["mcp", "api/mcp", "mcp/sso"])
            {
                var reply = await PostAsync(laptop, path, host.Length > 0);
                if (reply.Status == HttpStatusCode.ServiceUnavailable)
                {
                    served.Add(host + path);
                }
                else
                {
                    Assert.Equal(HttpStatusCode.NotFound, reply.Status);
                    Assert.Equal("""{"error":"Not found","status":404}""", reply.Body);
                }
            }
        }

        Assert.Equal(expected, string.Join(' ', served));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task McpUrl_IsAnAddressThatTheOfficialClientReaches(bool isApi, bool isSso)
    {
        await using var laptop = await Laptop.StartAsync(
            EmulatorVariants.Likely with
            {
                Addresses = Nowhere with { Api = isApi, Sso = isSso },
            }
        );

        var mcp = await laptop.ConnectAsync();
        var (isError, _) = await mcp.CallTextAsync("get_workspace_info");

        Assert.False(isError);
        Assert.EndsWith(
            $"{(isSso ? "mcp/sso/" : "api/mcp/")}{laptop.User.AccountId}",
            laptop.Emulator.McpUrl(laptop.User).ToString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Addresses_Patched_KeepTheOthers()
    {
        await using var laptop = await Laptop.StartAsync();

        await laptop.SendAsync(
            new HttpRequestMessage(HttpMethod.Patch, new Uri(laptop.Emulator.BaseUrl, "admin/variants"))
            {
                Content = new StringContent("""{"addresses":{"api":false}}""", new MediaTypeHeaderValue("application/json")),
            }
        );

        Assert.Equal(new McpAddresses { Api = false }, laptop.Emulator.Variants.Addresses);
    }

    private static Task<Reply> PostAsync(Laptop laptop, string path, bool isAi)
    {
        HttpRequestMessage request = new(HttpMethod.Post, new Uri(laptop.Emulator.BaseUrl, $"{path}/{laptop.User.AccountId}"))
        {
            Content = new StringContent(McpAccessTests.ToolsList, new MediaTypeHeaderValue("application/json")),
        };
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        request.Headers.Authorization = new("Bearer", laptop.Emulator.IssueAccessToken(laptop.User));
        request.Headers.Host = isAi ? AiHost : null;
        return laptop.SendAsync(request);
    }
}
