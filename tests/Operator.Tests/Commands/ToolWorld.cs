using System.Text;
using System.Text.Json;
using Carto.Emulator;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Carto;
using Operator.Commands;
using Operator.Commands.Tools;
using Operator.Contracts;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Tests.Commands;

/// <summary>
/// The command line in a namespace of the real API server, with a CARTO of its own and an account in it. Whatever a command says is kept,
/// and
/// at the end no secret may be found in it, unless the test took it away with <see cref="Forget"/>.
/// </summary>
internal sealed class ToolWorld : IAsyncDisposable
{
    public const string Login = "carto-login";
    public const string Account = "cartoaccount/ours";

    private readonly KubernetesServer _server;
    private readonly TestNamespace _namespace;
    private readonly StringBuilder _said = new();
    private readonly TemporaryFolder _folder = new();
    private ObjectKey? _clusterAccount;

    private ToolWorld(KubernetesServer server, TestNamespace @namespace, CartoEmulator carto)
    {
        _server = server;
        _namespace = @namespace;
        Carto = carto;
        User = carto.AddUser("ana");
        Api = new KubernetesApi(server.CreateConfiguration());
    }

    public CartoEmulator Carto { get; }

    public EmulatorUser User { get; }

    public KubernetesApi Api { get; }

    public string Namespace => _namespace.Name;

    public TestNamespace Place => _namespace;

    /// <summary>Variables of the environment.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>What a person types when asked; null: nobody can be asked.</summary>
    public string? Answer { get; set; }

    /// <summary>Answers in the place of <see cref="Answer"/>.</summary>
    public TextReader? Reader { get; set; }

    public TimeProvider Time { get; set; } = TimeProvider.System;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<ToolWorld> CreateAsync(KubernetesServer server, EmulatorVariants? variants = null)
    {
        await server.ApplyCrdsAsync("config/crd", Cancel);
        var carto = await CartoEmulator.StartAsync(new CartoEmulatorOptions { Variants = variants ?? new EmulatorVariants() }, Cancel);
        return new ToolWorld(server, await TestNamespace.CreateAsync(server, Cancel), carto);
    }

    /// <summary>Applies the account, its Secret and the certificate of its CARTO.</summary>
    public async Task ApplyAccountAsync(string? secret = null, bool withAuthority = true)
    {
        await ApplySecretAsync(
            Login,
            (WireNames.SecretKeys.ClientId, User.ClientId),
            (WireNames.SecretKeys.ClientSecret, secret ?? User.ClientSecret)
        );
        await ApplySecretAsync("carto-authority", ("ca.crt", Carto.CaPem));
        await _namespace.ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: CartoAccount
            metadata: {name: ours}
            spec:
              apiBaseUrl: {{BaseUrl}}
              auth:
                tokenUrl: {{Carto.TokenUrl}}
                clientCredentials: {secretRef: {name: {{Login}} } }
              requestsPerSecond: 100
              {{(withAuthority ? "caBundle: {secretRef: {name: carto-authority}}" : "")}}
            """,
            Cancel
        );
    }

    /// <summary>Applies the account with a token that its own login bought.</summary>
    public async Task ApplyTokenAccountAsync()
    {
        await using var login = new CartoApiFactory(TimeProvider.System, NullLoggerFactory.Instance).Create(
            new CartoApiOptions
            {
                ApiBaseUrl = new Uri(BaseUrl),
                TokenUrl = Carto.TokenUrl,
                Audience = Carto.Audience,
                Credentials = new CartoCredentials.ClientCredentials(User.ClientId, new Sensitive(User.ClientSecret)),
                CaBundlePem = Carto.CaPem,
            }
        );
        await ApplySecretAsync(Login, ("token", (await login.ObtainTokenAsync(Cancel)).Value.Reveal()));
        await ApplySecretAsync("carto-authority", ("ca.crt", Carto.CaPem));
        await _namespace.ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: CartoAccount
            metadata: {name: ours}
            spec:
              apiBaseUrl: {{BaseUrl}}
              auth:
                tokenUrl: {{Carto.TokenUrl}}
                accessToken: {secretRef: {name: {{Login}} } }
              caBundle: {secretRef: {name: carto-authority} }
            """,
            Cancel
        );
    }

    /// <summary>Applies a cluster account. Returns its name; it is gone after the test.</summary>
    public async Task<string> ApplyClusterAccountAsync(string spec)
    {
        await ApplySecretAsync(
            Login,
            (WireNames.SecretKeys.ClientId, User.ClientId),
            (WireNames.SecretKeys.ClientSecret, User.ClientSecret)
        );
        await ApplySecretAsync("carto-authority", ("ca.crt", Carto.CaPem));
        _clusterAccount = new ObjectKey(null, Namespace);
        await _namespace.ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: ClusterCartoAccount
            metadata: {name: {{Namespace}} }
            spec:
              apiBaseUrl: {{BaseUrl}}
              auth:
                tokenUrl: {{Carto.TokenUrl}}
                clientCredentials: {secretRef: {name: {{Login}}, namespace: {{Namespace}} } }
              caBundle: {secretRef: {name: carto-authority, namespace: {{Namespace}} } }
              {{spec}}
            """,
            Cancel
        );
        return Namespace;
    }

    public string BaseUrl => Carto.BaseUrl.ToString().TrimEnd('/');

    /// <summary>Applies a resource whose client is on record as if the operator had made it. Returns it.</summary>
    public async Task<M2MOAuthClient> ApplyResourceAsync(string name, EmulatorClient? client = null, string spec = "", int serial = 1)
    {
        await _namespace.ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata: {name: {{name}} }
            spec:
              accountRef: {kind: CartoAccount, name: ours}
              {{spec}}
            """,
            Cancel
        );
        var key = new ObjectKey(Namespace, name);
        var clients = Api.For(Kinds.Clients);
        if (client is not null)
        {
            var uid = (await clients.GetAsync(key, Cancel))!.Metadata.Uid;
            var status = JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    status = new
                    {
                        resourceUid = uid,
                        clientId = client.Id,
                        displayName = client.Name,
                        current = new
                        {
                            clientId = client.Id,
                            serial,
                            createdAt = client.CreatedAt,
                        },
                    },
                }
            );
            await clients.PatchAsync(key, status, "status", Cancel);
        }

        return (await clients.GetAsync(key, Cancel))!;
    }

    /// <summary>The Secret of a resource, as the operator writes it.</summary>
    public Task ApplyPairAsync(M2MOAuthClient resource, string clientId, string clientSecret) =>
        Api.For(BuiltIn.Secrets)
            .CreateAsync(
                new V1Secret
                {
                    Metadata = new V1ObjectMeta
                    {
                        NamespaceProperty = Namespace,
                        Name = resource.Metadata.Name,
                        Labels = new Dictionary<string, string> { [WireNames.Labels.ManagedBy] = WireNames.Manager },
                        Annotations = new Dictionary<string, string>
                        {
                            [WireNames.Annotations.ClientId] = clientId,
                            [WireNames.Annotations.Serial] = "1",
                        },
                        OwnerReferences =
                        [
                            new V1OwnerReference
                            {
                                ApiVersion = WireNames.ApiVersion,
                                Kind = M2MOAuthClient.KubeKind,
                                Name = resource.Metadata.Name,
                                Uid = resource.Metadata.Uid,
                                Controller = true,
                            },
                        ],
                    },
                    Data = new Dictionary<string, byte[]>
                    {
                        [WireNames.SecretKeys.ClientId] = Encoding.UTF8.GetBytes(clientId),
                        [WireNames.SecretKeys.ClientSecret] = Encoding.UTF8.GetBytes(clientSecret),
                    },
                },
                Cancel
            );

    public async Task ApplySecretAsync(string name, params (string Key, string Value)[] data)
    {
        var secret = new V1Secret
        {
            Metadata = new V1ObjectMeta { NamespaceProperty = Namespace, Name = name },
            Data = data.ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetBytes(pair.Value)),
        };
        await Api.For(BuiltIn.Secrets).DeleteAsync(new ObjectKey(Namespace, name), uid: null, Cancel);
        await Api.For(BuiltIn.Secrets).CreateAsync(secret, Cancel);
    }

    /// <summary>Writes a file that is gone after the test. Returns its path.</summary>
    public string File(string content)
    {
        var path = _folder.PathOf(Guid.NewGuid().ToString("N"));
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    /// <summary>Runs a command that looks at the cluster, in this namespace.</summary>
    public Task<ToolResult> RunAsync(params string[] arguments) => RunAnywhereAsync([.. arguments, "--namespace", Namespace]);

    /// <summary>Runs a command that looks at the cluster, in no particular namespace.</summary>
    public Task<ToolResult> RunAnywhereAsync(params string[] arguments) =>
        RunAloneAsync([.. arguments, "--kubeconfig", _server.KubeconfigPath]);

    /// <summary>Runs the command line with just these arguments.</summary>
    public async Task<ToolResult> RunAloneAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal
        {
            Environment = Environment.GetValueOrDefault,
            Output = output,
            Error = error,
            Input = Reader ?? new StringReader(Answer is null ? "" : Answer + "\n"),
            CanAsk = Reader is not null || Answer is not null,
            Time = Time,
        };
        var code = await OperatorCommand.RunAsync(arguments, terminal);
        _said.Append(output).Append(error);
        return new ToolResult(code, output.ToString(), error.ToString());
    }

    /// <summary>Takes away what a command said by purpose.</summary>
    public void Forget(string said) => _said.Replace(said, "");

    public async ValueTask DisposeAsync()
    {
        var said = _said.ToString();
        Assert.DoesNotContain(Carto.SecretsEverIssued, secret => said.Contains(secret, StringComparison.Ordinal));
        await Carto.DisposeAsync();
        if (_clusterAccount is { } account)
        {
            await Api.For(Kinds.ClusterAccounts).DeleteAsync(account, uid: null, CancellationToken.None);
        }

        await _namespace.DisposeAsync();
        Api.Dispose();
        _folder.Dispose();
    }
}

/// <summary>What a command came to.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    /// <summary>Its output as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public override string ToString() => $"exit code {ExitCode}\n{Output}{Error}";
}
