using System.CommandLine;
using System.Globalization;
using Operator.Access;
using Operator.Accounts;
using Operator.Commands.Tools;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary><c>operator audit</c>: compares the clients in CARTO with the cluster.</summary>
internal static class AuditCommand
{
    private const string Description = """
        Compare accounts with the cluster: clients that bear this cluster's mark and belong to no resource, resources whose client is missing, and
        Secrets whose credentials do not work. Without ACCOUNT, all accounts are audited. It changes nothing unless --revoke is given.

        --revoke shows what it would revoke, and asks before it acts. A client is kept when a resource or a Secret of the cluster has it, an account
        logs in with it, it is younger than --grace or its age is not known (--grace 0s takes that risk); the cluster and the client are read again
        right before each revocation.

        Exit codes: 0 nothing was found, or all of it was revoked; 8 something was found; 1 something could not be read or revoked; 2 an option is
        wrong; 130 or 143 interrupted.
        """;

    public static Command Create(Terminal terminal)
    {
        var accounts = new Argument<string[]>("ACCOUNT")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = "clustercartoaccount/NAME or cartoaccount/NAME; without any, all of the cluster",
            CompletionSources = { "clustercartoaccount/", "cartoaccount/" },
        };
        var cluster = new ClusterSettings("Namespace of a cartoaccount");
        var clusterId = new Setting<string?>(
            "--cluster-id",
            "ID",
            "Six hexadecimal digits that mark this cluster's clients in CARTO: what the operator was started with",
            "taken from the uid of the namespace kube-system",
            null,
            "six digits of 0-9 and a-f, such as 3f2a1c",
            SettingReaders.ClusterId
        );
        var grace = new Setting<TimeSpan>(
            "--grace",
            "DURATION",
            "Clients younger than this are not revoked",
            "1h",
            TimeSpan.FromHours(1),
            "a duration such as 0s, 30m or 1h",
            SettingReaders.Duration
        );
        var allowedHosts = RunSettings.CreateAllowedHosts();
        var skipPairs = Flags.Create("--skip-pairs", "Do not obtain a token with the credentials of each Secret");
        var revoke = Flags.Create("--revoke", "Revoke the clients that belong to no resource");
        var yes = Flags.Create("--yes", "Do not ask before revoking");
        var format = Output.CreateSetting();
        var progress = Progress.CreateFlag();
        var command = new Command("audit", Description)
        {
            accounts,
            revoke,
            yes,
            grace.Option,
            skipPairs,
            clusterId.Option,
            allowedHosts.Option,
            format.Option,
            progress,
        };
        foreach (var setting in cluster.All)
        {
            command.Add(setting.Option);
        }

        return command.Does(terminal, async (parsed, cancellationToken) =>
        {
            var form = format.Read(parsed, terminal.Environment);
            var least = grace.Read(parsed, terminal.Environment);
            var revokes = parsed.GetValue(revoke);
            if (parsed.GetValue(yes) && !revokes)
            {
                throw new InvalidSettingException("--yes: goes with --revoke only: write that too");
            }

            if (revokes && !parsed.GetValue(yes) && !terminal.CanAsk)
            {
                throw new InvalidSettingException(
                    "--revoke needs an answer, and there is no terminal to ask on: check what operator audit finds without it, then "
                        + "add --yes"
                );
            }

            using var open = Cluster.Open(cluster, parsed, terminal);
            var say = Progress.Of(parsed, progress, terminal);
            AccountKey[] keys = [.. (parsed.GetValue(accounts) ?? []).Select(named => AccountArgument.Read(named, open.Namespace))];
            await using var audited = await AuditedAccounts.ConnectAsync(
                open,
                keys,
                new HostPolicy(allowedHosts.Read(parsed, terminal.Environment)),
                say,
                terminal.Time,
                cancellationToken
            );
            var mark = await ClusterMark.ReadAsync(open, clusterId.Read(parsed, terminal.Environment), cancellationToken);
            var audit = new Audit(open.Api, audited, mark.Id, least, say, terminal.Time);
            var report = await audit.RunAsync(withPairs: !parsed.GetValue(skipPairs), cancellationToken);
            report = report with { Notes = [.. mark.Notes(audit.Records)] };
            if (revokes && report.Strays.Count(stray => stray.State == StrayState.Unowned) is > 0 and var count)
            {
                mark.RequireKnown(audit.Records);
                await audited.RequireAllLoginsAsync(open, cancellationToken);
                if (parsed.GetValue(yes) || await AskAsync(report, count, terminal, cancellationToken))
                {
                    report = await audit.RevokeAsync(report, cancellationToken);
                }
            }

            terminal.Output.Write(form, report, ToolJsonContext.Readable.AuditReport, report.WriteTable);
            cancellationToken.ThrowIfCancellationRequested();
            return report.ExitCode;
        });
    }

    private static async Task<bool> AskAsync(AuditReport report, int count, Terminal terminal, CancellationToken cancellationToken)
    {
        AuditReport.WriteStrays(terminal.Error, [.. report.Strays.Where(stray => stray.State == StrayState.Unowned)]);
        await terminal.Error.WriteAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\nRevoke {(count == 1 ? "this client" : $"these {count} clients")} in CARTO? Whatever still uses one of them stops "
                    + $"working. [y/N] "
            )
        );
        await terminal.Error.FlushAsync(cancellationToken);

        // Console input cannot be cancelled, and an interruption must not wait for it.
        var answer = await Task.Run(terminal.Input.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
        return answer?.Trim() is "y" or "Y" or "yes" or "Yes" or "YES";
    }
}
