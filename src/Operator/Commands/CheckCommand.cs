using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Access;
using Operator.Carto;
using Operator.Carto.Records;
using Operator.Commands.Tools;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary><c>operator check</c>: checks whether an account works, and what to do if not.</summary>
internal static class CheckCommand
{
    private const string Description = """
        Try an account's credentials step by step, as the operator uses them, and say what works and what to do about the rest.

        It also shows how the account answers what nobody knows of CARTO. docs/first-contact.md goes through it.

        Without ACCOUNT it is the ClusterCartoAccount named default, or, with --api-base-url, one that no cluster has to know. No secret
        is taken from the command line: name files, or set the variables in brackets.

        Exit codes: 0 the account works; 1 something else is wrong, such as a cluster that does not answer; 2 an option is wrong;
        3 the credentials are refused, missing or malformed; 4 plan, role or kind of token are not sufficient; 5 CARTO cannot be
        reached; 6 its certificate is not trusted; 7 its API lacks tools that are needed; 130 or 143 interrupted.
        """;

    public static Command Create(Terminal terminal)
    {
        var account = AccountArgument.Create("clustercartoaccount/NAME, or cartoaccount/NAME");
        var cluster = new ClusterSettings("Namespace of a cartoaccount");
        var direct = new DirectAccount();
        var create = Flags.Create("--create", "Also create a client, obtain a token with it, rename it and revoke it");
        var record = FileOption(
            "--record",
            "Write what the account answers to a new file, as shapes without values, to send to somebody else"
        );
        var replay = FileOption("--replay", "Say what the operator would do with the account of such a file, and ask no account");
        var format = Output.CreateSetting();
        var progress = Progress.CreateFlag();
        var command = new Command("check", Description) { account, create, record, replay, format.Option, progress };
        foreach (var option in cluster.All.Select(setting => setting.Option).Concat(direct.Options))
        {
            command.Add(option);
        }

        return command.Does(terminal, async (parsed, cancellationToken) =>
        {
            var form = format.Read(parsed, terminal.Environment);
            var report = parsed.GetValue(replay) is { } file
                ? Replay(file, parsed, [account, create, record, .. direct.Options])
                : await CheckAsync(
                    await FindAsync(parsed, account, cluster, direct, terminal, cancellationToken),
                    parsed.GetValue(record),
                    parsed.GetValue(create),
                    Progress.Of(parsed, progress, terminal),
                    terminal.Time,
                    cancellationToken
                );
            terminal.Output.Write(form, report, ToolJsonContext.Readable.CheckReport, report.WriteTable);
            return report.ExitCode;
        });
    }

    private static Option<string?> FileOption(string flag, string description) =>
        new(flag) { HelpName = "FILE", Description = description };

    private static CheckReport Replay(string file, ParseResult parsed, Symbol[] others) =>
        others.FirstOrDefault(other => IsGiven(parsed, other)) is { } other
            ? throw new InvalidSettingException($"--replay: does not go with {other.Name}: it asks no account")
            : ReplayReport.Of(file);

    private static bool IsGiven(ParseResult parsed, Symbol symbol) =>
        symbol switch
        {
            Argument argument => parsed.GetResult(argument) is { Tokens.Count: > 0 },
            Option option => parsed.GetResult(option) is { Implicit: false },
            _ => false,
        };

    private static async Task<CheckReport> CheckAsync(
        (CheckedAccount? Account, CheckReport? Unreadable) found,
        string? file,
        bool create,
        Progress progress,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (found.Account is not { } account)
        {
            return found.Unreadable!;
        }

        var recorder = new CartoRecorder(account.Options);
        using var record = file is null ? null : RecordFile.Open(file);
        await using var carto = new CartoApiFactory(time, NullLoggerFactory.Instance, recorder.Wrap).Create(account.Options);
        try
        {
            return await new AccountCheck(account, carto, recorder, progress, time).RunAsync(create, cancellationToken);
        }
        finally
        {
            // Of an interrupted check, too.
            record?.Write(recorder.ToJson(ProductVersion.Short));
        }
    }

    private static async Task<(CheckedAccount? Account, CheckReport? Unreadable)> FindAsync(
        ParseResult parsed,
        Argument<string?> argument,
        ClusterSettings settings,
        DirectAccount direct,
        Terminal terminal,
        CancellationToken cancellationToken
    )
    {
        var named = parsed.GetValue(argument);
        if (named is null && direct.IsGiven(parsed, terminal.Environment))
        {
            var (options, credentials) = direct.Read(parsed, terminal.Environment);
            return (new CheckedAccount("The account of the options", options, credentials, null), null);
        }

        if (direct.FirstFlag(parsed) is { } flag)
        {
            throw new InvalidSettingException(
                named is null
                    ? $"{flag}: goes with --api-base-url only: write that too"
                    : $"{flag}: does not go with ACCOUNT, whose settings are in the cluster: leave out one of them"
            );
        }

        using var cluster = Cluster.Open(settings, parsed, terminal);
        var key = named is null ? AccountArgument.Default : AccountArgument.Read(named, cluster.Namespace);
        var resource = await cluster.ReadAccountAsync(key, cancellationToken);
        try
        {
            var source = AccountSource.Credentials(resource);
            var options = await cluster.ReadOptionsAsync(resource, cancellationToken);
            return (new CheckedAccount(key.ToString(), options, $"{source.Object}, {string.Join(" and ", source.Keys)}", resource), null);
        }
        catch (AccountException exception)
        {
            return (null, AccountCheck.Unreadable(key.ToString(), resource.Spec.ApiBaseUrl, exception));
        }
    }
}
