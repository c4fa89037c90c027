using System.CommandLine;
using Operator.Access;
using Operator.Accounts;
using Operator.Carto;
using Operator.Contracts;
using Operator.Hosting;
using Operator.Runtime;

namespace Operator.Commands.Tools;

/// <summary>The cluster that a command is about, with the rights of whoever runs it.</summary>
internal sealed class Cluster : IDisposable
{
    private const string FieldManager = WireNames.Manager + "-cli";

    private Cluster(ClusterAccess access, string? @namespace, TimeProvider time)
    {
        Namespace = @namespace ?? (access.Configuration.Namespace is { Length: > 0 } usual ? usual : "default");
        Api = new KubernetesApi(
            access.Configuration,
            new KubernetesApiOptions { UserAgent = $"{FieldManager}/{ProductVersion.Short}", FieldManager = FieldManager, Headers = access.Headers },
            time);
        Accounts = new AccountSettings(new SourceReader(Api.For(BuiltIn.Secrets), Api.For(BuiltIn.ConfigMaps)));
    }

    public KubernetesApi Api { get; }

    /// <summary>The namespace of what is named without one.</summary>
    public string Namespace { get; }

    /// <summary>Reads how to reach CARTO.</summary>
    public AccountSettings Accounts { get; }

    /// <summary>Connects to what the settings name. Sends nothing.</summary>
    /// <exception cref="InvalidSettingException">There is no such cluster.</exception>
    public static Cluster Open(ClusterSettings settings, ParseResult parsed, Terminal terminal) => new(
        ClusterConfiguration.Find(
            settings.Kubeconfig.Read(parsed, terminal.Environment), settings.Context.Read(parsed, terminal.Environment), terminal.Environment, terminal.Time),
        settings.Namespace.Read(parsed, terminal.Environment),
        terminal.Time);

    /// <summary>Reads an account.</summary>
    /// <exception cref="ToolException">There is none of this name.</exception>
    public async Task<IAccountResource> ReadAccountAsync(AccountKey key, CancellationToken cancellationToken)
    {
        IAccountResource? account = key.Kind == AccountKind.CartoAccount
            ? await Api.For(Kinds.Accounts).GetAsync(key.ObjectKey, cancellationToken)
            : await Api.For(Kinds.ClusterAccounts).GetAsync(key.ObjectKey, cancellationToken);
        return account ?? throw new ToolException(
            ExitCodes.Failed,
            $"there is no {key}: write another one as clustercartoaccount/NAME, or as cartoaccount/NAME with --namespace; "
                + "kubectl get ccacc,cacc --all-namespaces shows all");
    }

    /// <summary>Reads a resource.</summary>
    /// <exception cref="ToolException">There is none of this name.</exception>
    public async Task<M2MOAuthClient> ReadResourceAsync(ObjectKey key, CancellationToken cancellationToken) =>
        await Api.For(Kinds.Clients).GetAsync(key, cancellationToken)
        ?? throw new ToolException(ExitCodes.Failed, $"there is no {M2MOAuthClient.KubeKind} {key}: kubectl get m2m --all-namespaces shows all");

    /// <summary>The digits that mark this cluster's clients in CARTO, see <see cref="Marker.Cluster"/>.</summary>
    /// <exception cref="ToolException">They cannot be told.</exception>
    public async Task<string> ReadIdAsync(CancellationToken cancellationToken) =>
        await Api.For(BuiltIn.NamespaceMetadata).GetAsync(new ObjectKey(null, "kube-system"), cancellationToken) is { } system
            ? Marker.ClusterId(system.Metadata.Uid)
            : throw new ToolException(ExitCodes.Failed, "the server has no namespace kube-system, whose uid tells clusters apart: write --cluster-id");

    /// <summary>How to reach CARTO as an account.</summary>
    /// <exception cref="AccountException">What the account names is not there, or cannot be what it should be.</exception>
    public Task<CartoAccountOptions> ReadOptionsAsync(IAccountResource account, CancellationToken cancellationToken) =>
        Accounts.ReadAsync(account, AccountAddresses.Of(account.Spec), cancellationToken);

    /// <summary>Why a call was refused, for the person who made it. The server's own words name the right that is missing.</summary>
    public static string Describe(KubernetesApiException refusal) => refusal switch
    {
        { Refuser: { } refuser } => $"{refuser} does not allow it: {refusal.Message}",
        { StatusCode: System.Net.HttpStatusCode.Forbidden } => $"{refusal.Message.TrimEnd('.')}. This command has your rights: ask for that one, or name another "
            + "user with --context.",
        { IsNotFound: true } => $"{refusal.Message.TrimEnd('.')}. Are the custom resource definitions installed (kubectl apply -k config/crd)?",
        { StatusCode: System.Net.HttpStatusCode.Unauthorized } => $"{refusal.Message.TrimEnd('.')}. The API server does not accept the credentials of the kubeconfig: log in again.",
        _ => refusal.Message,
    };

    /// <summary>What is wrong with an account, for the person who looks at it.</summary>
    public static string Describe(AccountException exception) =>
        exception.InnerException is KubernetesApiException refusal ? Describe(refusal) : exception.Message;

    public void Dispose() => Api.Dispose();
}
