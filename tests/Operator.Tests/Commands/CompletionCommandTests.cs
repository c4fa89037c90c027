using Operator.Commands;
using Operator.Commands.Tools;

namespace Operator.Tests.Commands;

public sealed class CompletionCommandTests
{
    [Theory]
    [InlineData("operator ch", "check")]
    [InlineData("operator check --out", "--output")]
    [InlineData("operator version -o ", "json")]
    [InlineData("operator completion ", "zsh")]
    [InlineData("operator rotate --w", "--wait")]
    public async Task Suggest_ALineThatIsNotComplete_NamesWhatMayFollow(string line, string expected)
    {
        var (code, output, error) = await RunAsync($"[suggest:{line.Length}]", line);

        Assert.Contains(expected, output.Split('\n', StringSplitOptions.TrimEntries));
        Assert.Equal((0, ""), (code, error));
    }

    [Theory]
    [InlineData("bash", "complete ")]
    [InlineData("zsh", "compdef ")]
    [InlineData("fish", "complete ")]
    [InlineData("pwsh", "Register-ArgumentCompleter ")]
    public async Task Completion_OfAShell_PrintsItsScript(string shell, string part)
    {
        var (code, output, error) = await RunAsync("completion", shell);

        Assert.Contains(part, output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (code, error));
    }

    [Fact]
    public async Task Completion_OfAnotherShell_SaysWhatToWrite()
    {
        var (code, output, error) = await RunAsync("completion", "tcsh");

        Assert.Equal(
            (ExitCodes.Usage, "", "operator: SHELL: \"tcsh\" is not allowed; write bash, zsh, fish, pwsh\n"),
            (code, output, error)
        );
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await OperatorCommand.RunAsync(
            arguments,
            new Terminal
            {
                Environment = _ => null,
                Output = output,
                Error = error,
            }
        );
        return (code, output.ToString(), error.ToString());
    }
}
