using Operator.EndToEnd;
using Operator.TestKit;

[assembly: AssemblyFixture(typeof(RunningOperator))]
[assembly: ShowServerLog]
