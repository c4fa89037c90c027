using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Access;
using Operator.Accounts;
using Operator.Carto;
using Operator.Commands.Tools;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Commands;

/// <summary><c>operator token</c>: obtains an access token the way a workload with a resource's Secret does.</summary>
internal static class TokenCommand
{
    private const string Description = """
        Obtain an access token with the pair in the Secret of an M2MOAuthClient, and print it to standard output, where nothing else is printed.

        For finding out what a workload can do: the token has the permissions of the client's owner until it ends, and cannot be revoked. Keep it
        out of files and shell histories. The account's own credentials are not read.

        Exit codes: 0 the token is printed; 1 there is no pair, or the cluster does not answer; 2 an option is wrong; 3 CARTO refuses the pair;
        5 the token endpoint cannot be reached; 6 its certificate is not trusted; 130 or 143 interrupted.
        """;

    public static Command Create(Terminal terminal)
    {
        var resource = ResourceArgument.Create();
        var cluster = new ClusterSettings("Namespace of a resource that is named without one");
        var command = new Command("token", Description) { resource };
        foreach (var setting in cluster.All)
        {
            command.Add(setting.Option);
        }

        return command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var open = Cluster.Open(cluster, parsed, terminal);
            await PrintAsync(open, ResourceArgument.Read(parsed.GetValue(resource)!, open.Namespace), terminal, cancellationToken);
            return ExitCodes.Stopped;
        });
    }

    private static async Task PrintAsync(Cluster cluster, ObjectKey key, Terminal terminal, CancellationToken cancellationToken)
    {
        var resource = await cluster.ReadResourceAsync(key, cancellationToken);
        var name = CredentialsSecrets.NameOf(resource);
        var secret = await cluster.Api.For(BuiltIn.Secrets).GetAsync(new ObjectKey(key.Namespace, name), cancellationToken)
            ?? throw new ToolException(
                ExitCodes.Failed,
                $"the Secret {key.Namespace}/{name} does not exist: kubectl describe m2m {key.Name} -n {key.Namespace} says why"
            );
        var pair = CredentialsSecrets.PairIn(secret, resource, resource.Record()?.Current)
            ?? throw new ToolException(
                ExitCodes.Failed,
                $"the Secret {key.Namespace}/{name} holds no credentials of {key}: kubectl describe m2m {key.Name} -n {key.Namespace} "
                    + "shows why"
            );
        var account = await cluster.ReadAccountAsync(AccountKey.Of(resource), cancellationToken);
        var options = await cluster.Accounts.ReadAsync(
            account,
            AccountAddresses.Of(account.Spec),
            new CartoCredentials.ClientCredentials(pair.ClientId, pair.ClientSecret),
            cancellationToken
        );
        await using var carto = new CartoApiFactory(terminal.Time, NullLoggerFactory.Instance).Create(options);
        var token = await carto.ObtainTokenAsync(cancellationToken);
        var end = token.ExpiresAt is { } expiry ? string.Create(CultureInfo.InvariantCulture, $" until {expiry:yyyy-MM-dd HH:mm:ss}Z") : "";
        await terminal.Error.WriteLineAsync(
            $"operator: an access token of the client {pair.ClientId}, good{end}; whoever has it can do what the client can"
        );
        await terminal.Output.WriteAsync(token.Value.Reveal() + "\n");
    }
}
