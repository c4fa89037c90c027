using Operator.Commands;
using Operator.Commands.Tools;

return await OperatorCommand.RunAsync(args, Terminal.OfProcess());
