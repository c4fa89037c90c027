using Operator.Commands;
using Operator.TestKit;

namespace Operator.Tests.Commands;

/// <summary>docs/running.md says what the command line says.</summary>
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
}
