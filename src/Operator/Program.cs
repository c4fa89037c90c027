using Operator.Commands;
using Operator.Commands.Tools;
using Operator.Hosting;

var terminal = Terminal.OfProcess();
try
{
    // Of the whole process, so that whatever a library connects to is reached in the same way.
    HttpClient.DefaultProxy = new EnvironmentProxy(terminal.Environment);
}
catch (InvalidSettingException exception)
{
    await terminal.Error.WriteLineAsync($"operator: {exception.Message}");
    return ExitCodes.Usage;
}

return await OperatorCommand.RunAsync(args, terminal);
