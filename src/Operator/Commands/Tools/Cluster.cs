using System.CommandLine;
using Operator.Access;
using Operator.Accounts;
using Operator.Carto;
using Operator.Contracts;
using Operator.Hosting;
using Operator.Runtime;

namespace Operator.Commands.Tools;

/// <summary>The cluster a command works with, using the caller's permissions.</summary>
internal sealed class Cluster : IDisposable
{
    private const string FieldManager = WireNames.Manager + "-cli";

    private Cluster(ClusterAccess access, string? @namespace, TimeProvider time)
    {
        Namespace = @namespace ?? (access.Configuration.Namespace is { Length: > 0 } usual ? usual : "default");
        Api = new KubernetesApi(
            access.Configuration,
            new KubernetesApiOptions
            {
                UserAgent = $"{FieldManager}/{ProductVersion.Short}",
                FieldManager = FieldManager,
                Headers = access.Headers,
            },
            time
        );
        Accounts = new AccountSettings(new SourceReader(Api.For(BuiltIn.Secrets), Api.For(BuiltIn.ConfigMaps)));
    }

    public KubernetesApi Api { get; }

    /// <summary>The default namespace.</summary>
    public string Namespace { get; }

    /// <summary>Reads connection settings for CARTO.</summary>
    public AccountSettings Accounts { get; }

    /// <summary>Prepares a client from the settings, without sending requests.</summary>
    /// <exception cref="InvalidSettingException">There is no such cluster.</exception>
    public static Cluster Open(ClusterSettings settings, ParseResult parsed, Terminal terminal) =>
        new(
            ClusterConfiguration.Find(
                settings.Kubeconfig.Read(parsed, terminal.Environment),
                settings.Context.Read(parsed, terminal.Environment),
                terminal.Environment,
                terminal.Time
            ),
            settings.Namespace.Read(parsed, terminal.Environment),
            terminal.Time
        );

    /// <summary>Reads an account.</summary>
    /// <exception cref="ToolException">It does not exist.</exception>
    public async Task<IAccountResource> ReadAccountAsync(AccountKey key, CancellationToken cancellationToken)
    {
        IAccountResource? account =
            key.Kind == AccountKind.CartoAccount
                ? await Api.For(Kinds.Accounts).GetAsync(key.ObjectKey, cancellationToken)
                : await Api.For(Kinds.ClusterAccounts).GetAsync(key.ObjectKey, cancellationToken);
        return account
            ?? throw new ToolException(
                ExitCodes.Failed,
                $"there is no {key}: write another one as clustercartoaccount/NAME, or as cartoaccount/NAME with --namespace; "
                    + "kubectl get ccacc,cacc --all-namespaces shows all"
            );
    }

    /// <summary>Reads a resource.</summary>
    /// <exception cref="ToolException">It does not exist.</exception>
    public async Task<M2MOAuthClient> ReadResourceAsync(ObjectKey key, CancellationToken cancellationToken) =>
        await Api.For(Kinds.Clients).GetAsync(key, cancellationToken)
        ?? throw new ToolException(
            ExitCodes.Failed,
            $"there is no {M2MOAuthClient.KubeKind} {key}: kubectl get m2m --all-namespaces shows all"
        );

    /// <summary>The digits that mark this cluster's clients in CARTO, see <see cref="Mark.Cluster"/>.</summary>
    /// <exception cref="ToolException">They cannot be determined.</exception>
    public async Task<string> ReadIdAsync(CancellationToken cancellationToken) =>
        await Api.For(BuiltIn.NamespaceMetadata).GetAsync(new ObjectKey(null, "kube-system"), cancellationToken) is { } system
            ? Mark.ClusterId(system.Metadata.Uid)
            : throw new ToolException(
                ExitCodes.Failed,
                "the server has no namespace kube-system, whose uid tells clusters apart: write --cluster-id"
            );

    /// <summary>Reads an account's connection settings.</summary>
    /// <exception cref="AccountException">A referenced object is missing or invalid.</exception>
    public Task<CartoApiOptions> ReadOptionsAsync(IAccountResource account, CancellationToken cancellationToken) =>
        Accounts.ReadAsync(account, AccountAddresses.Of(account.Spec), cancellationToken);

    /// <summary>Why a call was refused, for the caller. The server's message names the missing permission.</summary>
    public static string Describe(KubernetesApiException refusal) =>
        refusal switch
        {
            { Refuser: { } refuser } => $"{refuser} does not allow it: {refusal.Message}",
            { StatusCode: System.Net.HttpStatusCode.Forbidden } =>
                $"{refusal.Message.TrimEnd('.')}. This command has your rights: ask for that one, or name another "
                    + "user with --context.",
            { IsNotFound: true } =>
                $"{refusal.Message.TrimEnd('.')}. Are the custom resource definitions installed (kubectl apply -k config/crd)?",
            { StatusCode: System.Net.HttpStatusCode.Unauthorized } =>
                $"{refusal.Message.TrimEnd('.')}. The API server does not accept the credentials of the kubeconfig: log in again.",
            _ => refusal.Message,
        };

    /// <summary>What is wrong with an account, for people.</summary>
    public static string Describe(AccountException exception) =>
        exception.InnerException is KubernetesApiException refusal ? Describe(refusal) : exception.Message;

    public void Dispose() => Api.Dispose();
}
