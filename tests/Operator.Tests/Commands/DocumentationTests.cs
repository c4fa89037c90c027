using Operator.Commands;
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
            + $"| {setting.DefaultText} | {setting.Meaning} |");
        var page = File.ReadAllText(Repository.PathOf("docs", "running.md"));

        Assert.Contains(string.Join('\n', rows), page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_OfRunning_NamesTheExitCodesOfTheHelp()
    {
        var help = new StringWriter();
        await OperatorCommand.RunAsync(["run", "--help"], _ => null, help, TextWriter.Null);
        var page = File.ReadAllText(Repository.PathOf("docs", "running.md"));

        Assert.All(
            [ExitCodes.Stopped, ExitCodes.Failed, ExitCodes.Usage, ExitCodes.Signalled + 2, ExitCodes.Signalled + 15],
            code =>
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
}
