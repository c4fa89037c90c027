using Operator.Commands;

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
        var page = File.ReadAllText(Path.Combine(Root(), "docs", "running.md"));

        Assert.Contains(string.Join('\n', rows), page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_OfRunning_NamesTheExitCodesOfTheHelp()
    {
        var help = new StringWriter();
        await OperatorCommand.RunAsync(["run", "--help"], _ => null, help, TextWriter.Null);
        var page = File.ReadAllText(Path.Combine(Root(), "docs", "running.md"));

        Assert.All(
            [ExitCodes.Stopped, ExitCodes.Failed, ExitCodes.Usage, ExitCodes.Signalled + 2, ExitCodes.Signalled + 15],
            code =>
            {
                Assert.Contains($" {code} ", help.ToString(), StringComparison.Ordinal);
                Assert.Matches($@"\| (\d+, )?{code}(, \d+)? \|", page);
            });
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Operator.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run from a checkout.");
        }

        return folder.FullName;
    }
}
