using System.CommandLine;
using Operator.Access;
using Operator.Accounts;
using Operator.Carto;
using Operator.Hosting;
using Operator.Runtime;

namespace Operator.Commands.Tools;

/// <summary>Common interruption and error handling of interactive commands.</summary>
internal static class ToolAction
{
    /// <summary>Sets the action of a command.</summary>
    public static Command Does(this Command command, Terminal terminal, Func<ParseResult, CancellationToken, Task<int>> run)
    {
        command.SetAction((parsed, _) => RunAsync(parsed, terminal, run));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, Func<ParseResult, CancellationToken, Task<int>> run)
    {
        using var interruption = new Interruption(_ => terminal.Error.WriteLine("operator: stopping; a second signal stops at once"));
        try
        {
            return await run(parsed, interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.ExitCode is not 0 and var code)
        {
            return code;
        }
        catch (Exception exception) when (Describe(exception) is (var code, { } message))
        {
            await terminal.Error.WriteLineAsync($"operator: {message}");
            return code;
        }
    }

    private static (int Code, string? Message) Describe(Exception exception) =>
        exception switch
        {
            InvalidSettingException => (ExitCodes.Usage, exception.Message),
            ToolException tool => (tool.ExitCode, exception.Message),
            KubernetesApiException refusal => (ExitCodes.Failed, Cluster.Describe(refusal)),
            AccountException account => (ExitCodes.Of(account.Problem.Reason), Cluster.Describe(account)),
            CartoException carto => (ExitCodes.Of(CartoProblems.Of(carto.Error, "").Reason), exception.Message),
            HttpRequestException or IOException or TimeoutException => (
                ExitCodes.Failed,
                $"the API server cannot be reached: {exception.Message}"
            ),
            _ => default,
        };
}
