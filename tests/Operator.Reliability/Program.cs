using System.CommandLine;
using Operator.Reliability.CrashMatrix;

var root = new RootCommand("Tries the promises of docs/reliability.md on the whole operator, an API server and the emulator.")
{
    CrashMatrixCommand.Create(),
};

return await root.Parse(args).InvokeAsync();
