using Operator.Commands;
using Operator.Commands.Tools;
using Operator.Hosting;

var terminal = Terminal.OfProcess();
try
{
    // Process-wide, so that library connections use the same proxy.
    HttpClient.DefaultProxy = new EnvironmentProxy(terminal.Environment);
}
catch (InvalidSettingException exception)
{
    await terminal.Error.WriteLineAsync($"operator: {exception.Message}");
    return ExitCodes.Usage;
}

return await OperatorCommand.RunAsync(args, terminal);
