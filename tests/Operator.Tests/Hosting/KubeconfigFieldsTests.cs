using System.Net;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Time.Testing;
using Operator.Hosting;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Tests.Hosting;

/// <summary>The fields of a kubeconfig that KubernetesClient leaves out, as the requests show them.</summary>
public sealed class KubeconfigFieldsTests(KubernetesServer server) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly List<(string Url, Dictionary<string, string> Headers)> _requests = [];
    private readonly WebApplication _app = WebApplicationOf();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app.Run(async context =>
        {
            lock (_requests)
            {
                _requests.Add(
                    (
                        context.Request.GetEncodedUrl(),
                        context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString())
                    )
                );
            }

            await context.Response.WriteAsync("""{"gitVersion":"v1.2.3"}""");
        });
        await _app.StartAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task As_WithAllThatBelongsToIt_IsSentWithEachRequest()
    {
        using var api = Connect(
            Write(user: "token: t, as: ana, as-uid: u-1, as-groups: [dev], as-user-extra: {example.com/why: [test], scopes: [a]}")
        );

        await api.GetVersionAsync(Cancel);

        var headers = _requests.Single().Headers;
        Assert.Equal("ana", headers["Impersonate-User"]);
        Assert.Equal("u-1", headers["Impersonate-Uid"]);
        Assert.Equal("dev", headers["Impersonate-Group"]);
        Assert.Equal("test", headers["Impersonate-Extra-example.com%2Fwhy"]);
        Assert.Equal("a", headers["Impersonate-Extra-scopes"]);
        Assert.Equal("Bearer t", headers["Authorization"]);
    }

    [Fact]
    public async Task As_OnTheRealServer_HasTheRightsOfThatUser()
    {
        using var api = Connect(await WriteRealAsync("as: ana"));

        var refusal = await Assert.ThrowsAsync<KubernetesApiException>(() => ReadAnyAsync(api));

        Assert.Contains("User \"ana\" cannot get resource \"secrets\"", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AsGroups_OnTheRealServer_HasTheRightsOfThatGroup()
    {
        using var api = Connect(await WriteRealAsync("as: ana, as-groups: ['system:masters']"));

        Assert.Null(await ReadAnyAsync(api));
    }

    [Fact]
    public async Task ProxyUrl_IsWhereAllRequestsGo()
    {
        using var api = Connect(Write(cluster: $"server: 'http://cluster.invalid', proxy-url: '{_app.Urls.Single()}'"));

        await api.GetVersionAsync(Cancel);

        Assert.Equal("http://cluster.invalid/version", _requests.Single().Url);
    }

    [Fact]
    public async Task TokenFile_IsReadAgainWhenItChangesAndKeptWhenItIsGone()
    {
        var token = Path.Combine(_folder.Path, "token");
        await File.WriteAllTextAsync(token, "first\n", Cancel);
        using var api = Connect(Write(user: "tokenFile: token"));
        await api.GetVersionAsync(Cancel);

        await File.WriteAllTextAsync(token, "second\n", Cancel);
        _time.Advance(TimeSpan.FromSeconds(10));
        await api.GetVersionAsync(Cancel);
        File.Delete(token);
        _time.Advance(TimeSpan.FromSeconds(10));
        await api.GetVersionAsync(Cancel);

        Assert.Equal(["Bearer first", "Bearer second", "Bearer second"], _requests.Select(request => request.Headers["Authorization"]));
    }

    [Theory]
    [InlineData("server: 'https://a.example.com', proxy-url: 'ftp://u:hush@proxy'", "token: t", "proxy-url of the cluster")]
    [InlineData("server: 'https://a.example.com', tls-server-name: 'a b'", "token: t", "tls-server-name of the cluster")]
    [InlineData("server: 'https://a.example.com'", "token: t, as-groups: [dev]", "need its field as")]
    [InlineData("server: 'https://a.example.com'", "token: t, as-uid: u", "need its field as")]
    [InlineData(
        "server: 'https://a.example.com'",
        "token: t, as: ana, as-groups: [a, b]",
        "as-groups of the user has 2 values where only one can be sent"
    )]
    [InlineData("server: 'https://a.example.com'", "token: t, as: \"a\\nb\"", "as of the user must be plain ASCII")]
    [InlineData(
        "server: 'https://a.example.com'",
        "token: t, as: ana, as-user-extra: {why: test}",
        "users[0].user.as-user-extra.why must be a list"
    )]
    [InlineData("server: 'https://a.example.com'", "tokenFile: nowhere", "nowhere")]
    [InlineData(
        "server: 'https://a.example.com'",
        "auth-provider: {name: gcp, config: {access-token: hush}}",
        "auth-provider gcp of the user is not supported"
    )]
    public void Field_ThatCannotBeHonoured_IsRefusedByName(string cluster, string user, string expected)
    {
        var message = Assert.Throws<InvalidSettingException>(() => Connect(Write(cluster, user))).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", message, StringComparison.Ordinal);
    }

    private static Task<MetadataOf<V1Secret>?> ReadAnyAsync(KubernetesApi api) =>
        api.For(BuiltIn.SecretMetadata).GetAsync(new ObjectKey("default", "any"), Cancel);

    private async Task<string> WriteRealAsync(string fields)
    {
        var path = Path.Combine(_folder.Path, "real");
        Kubeconfig.Write(path, server.CreateConfiguration());
        var text = await File.ReadAllTextAsync(path, Cancel);
        await File.WriteAllTextAsync(path, text.Replace("user: {token:", $"user: {{{fields}, token:", StringComparison.Ordinal), Cancel);
        return path;
    }

    private KubernetesApi Connect(string kubeconfig)
    {
        var access = ClusterConfiguration.Find(kubeconfig, null, static _ => null, _time);
        return new KubernetesApi(access.Configuration, new KubernetesApiOptions { Headers = access.Headers }, TimeProvider.System);
    }

    private string Write(string? cluster = null, string user = "token: t")
    {
        var path = Path.Combine(_folder.Path, "kubeconfig");
        File.WriteAllText(
            path,
            $$"""
            apiVersion: v1
            kind: Config
            current-context: here
            clusters: [{name: here, cluster: { {{cluster ?? $"server: '{_app.Urls.Single()}'"}} } }]
            users: [{name: me, user: { {{user}} } }]
            contexts: [{name: here, context: {cluster: here, user: me} }]
            """
        );
        return path;
    }

    private static WebApplication WebApplicationOf()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        return builder.Build();
    }
}
