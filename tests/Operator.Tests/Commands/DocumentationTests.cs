using System.Text.RegularExpressions;
using Operator.Commands;
using Operator.Commands.Tools;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Commands;

/// <summary>Pages for people say what the code says.</summary>
public sealed class DocumentationTests
{
    [Fact]
    public void Page_OfRunning_HasTheTableOfSettings()
    {
        var rows = new RunSettings().All.Select(setting =>
            $"| `{setting.Flag} {setting.Value.Replace("|", "\\|", StringComparison.Ordinal)}` | `{setting.Variable}` "
            + $"| {setting.DefaultText} | {setting.Meaning} |"
        );
        var page = File.ReadAllText(Repository.PathOf("docs", "running.md"));

        Assert.Contains(string.Join('\n', rows), page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_OfRunning_NamesTheExitCodesOfTheHelp()
    {
        var help = new StringWriter();
        await OperatorCommand.RunAsync(
            ["run", "--help"],
            new Terminal
            {
                Environment = _ => null,
                Output = help,
                Error = TextWriter.Null,
            }
        );
        var page = File.ReadAllText(Repository.PathOf("docs", "running.md"));

        Assert.All([ExitCodes.Stopped, ExitCodes.Failed, ExitCodes.Usage, ExitCodes.Signalled + 2, ExitCodes.Signalled + 15], code =>
        {
            Assert.Contains($" {code} ", help.ToString(), StringComparison.Ordinal);
            Assert.Matches($@"\| (\d+, )?{code}(, \d+)? \|", page);
        });
    }

    [Fact]
    public void Page_OfOperations_TellsWhatEachReasonAsksFor()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "operations.md"));
        var reasons = typeof(Reasons).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);

        Assert.All(reasons, reason => Assert.Matches($@"(?m)^\|.*`{reason}`.* \|.+\|", page));
    }

    [Fact]
    public void Page_OfTheCommandLine_HasTheTablesOfSettings()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "cli.md"));
        var direct = new DirectAccount();

        Assert.All([.. direct.Settings, .. new ClusterSettings("").All.Skip(1)], setting =>
            Assert.Contains(
                $"| `{setting.Flag} {setting.Value}` | `{setting.Variable}` | {setting.DefaultText} | {setting.Meaning} |\n",
                page,
                StringComparison.Ordinal
            )
        );
        Assert.All(direct.Secrets, secret =>
            Assert.Contains($"| `{secret.Flag} FILE` | `{secret.Variable}` | {secret.Meaning} |\n", page, StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("check")]
    [InlineData("import")]
    [InlineData("audit")]
    [InlineData("rotate")]
    [InlineData("schedule")]
    [InlineData("token")]
    [InlineData("completion")]
    [InlineData("version")]
    public async Task Page_OfTheCommandLine_TellsOfEachCommandAndItsExitCodes(string command)
    {
        var help = new StringWriter();
        await OperatorCommand.RunAsync(
            [command, "--help"],
            new Terminal
            {
                Environment = _ => null,
                Output = help,
                Error = TextWriter.Null,
            }
        );
        var page = File.ReadAllText(Repository.PathOf("docs", "cli.md"));

        Assert.Contains($"| `operator {command}` |", page, StringComparison.Ordinal);
        Assert.All(ExitCodesIn(help.ToString()), code => Assert.Matches($@"(?m)^\| ({code}( to \d)?|\d+, {code}|{code}, \d+) \|", page));
    }

    private static IEnumerable<string> ExitCodesIn(string help) =>
        help.Split("Exit codes:") is [_, var codes]
            ? Regex.Matches(codes.Split("Usage:")[0], @"(?:^|; |or )\s*(?<code>\d+) ").Select(match => match.Groups["code"].Value)
            : [];
}
