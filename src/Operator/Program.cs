using Operator.Commands;

return await OperatorCommand.RunAsync(args, Environment.GetEnvironmentVariable, Console.Out, Console.Error);
