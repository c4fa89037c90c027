using System.CommandLine;
using Operator.Reliability.CrashMatrix;
using Operator.Reliability.Histories;
using Operator.Reliability.Kills;

var root = new RootCommand("Tries the promises of docs/reliability.md on the whole operator, an API server and the emulator.")
{
    CrashMatrixCommand.Create(),
    HistoriesCommand.Create(),
    KillsCommand.Create(),
};

return await root.Parse(args).InvokeAsync();
