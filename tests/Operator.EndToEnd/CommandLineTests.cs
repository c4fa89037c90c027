using Operator.TestKit;

namespace Operator.EndToEnd;

/// <summary>The executable before it has a cluster.</summary>
public sealed class CommandLineTests
{
    private static readonly Dictionary<string, string> NoEnvironment = new() { ["HOME"] = "/nonexistent", ["KUBECONFIG"] = "" };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(
        "--log-level: \"loud\" is not allowed; write trace, debug, information, warning, error or critical",
        "run",
        "--log-level",
        "loud"
    )]
    [InlineData("--concurrency: \"0\" is not allowed; write a number from 1 to 1000", "run", "--concurrency", "0")]
    [InlineData(
        "Option '--concurrency' expects a single argument but 2 were provided. See operator run --help.",
        "run",
        "--concurrency",
        "1",
        "--concurrency",
        "2"
    )]
    [InlineData("Unrecognized command or argument '--nonsense'. See operator run --help.", "run", "--nonsense")]
    [InlineData("Required command was not provided. See operator --help.")]
    [InlineData(
        "no cluster: this is no pod with a service account, KUBECONFIG is not set, and there is no file /nonexistent/.kube/config; write "
            + "--kubeconfig FILE",
        "run"
    )]
    public async Task Run_WithArgumentsThatMakeNoSense_EndsWithOneLineThatSaysWhatToWrite(string message, params string[] arguments)
    {
        var result = await OperatorProcess.RunAsync(arguments, NoEnvironment, Cancelled);

        Assert.Equal($"operator: {message}\n", result.Error);
        Assert.Equal("", result.Output);
        Assert.Equal(2, result.ExitCode);
    }

    [Fact]
    public async Task Run_WithAVariableThatMakesNoSense_NamesTheVariable()
    {
        var result = await OperatorProcess.RunAsync(
            ["run"],
            new Dictionary<string, string>(NoEnvironment) { ["CARTO_OPERATOR_VERIFY"] = "maybe" },
            Cancelled
        );

        Assert.Equal("operator: CARTO_OPERATOR_VERIFY: \"maybe\" is not allowed; write true or false\n", result.Error);
        Assert.Equal(2, result.ExitCode);
    }

    [Theory]
    [InlineData("version")]
    [InlineData("--version")]
    public async Task Version_IsPrinted(string argument)
    {
        var result = await OperatorProcess.RunAsync([argument], NoEnvironment, Cancelled);

        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", result.Output);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }
}
