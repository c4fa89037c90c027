using Operator.Manifests;

return new Application(Console.Out, Console.Error, Environment.CurrentDirectory).Run(args);
