using System.Reflection;
using Xunit;
using Xunit.v3;

namespace Operator.TestKit;

/// <summary>
/// Adds the end of the API server's log to the output of every test that fails:
/// <c>[assembly: ShowServerLog]</c> beside the <see cref="KubernetesServer"/> fixture.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ShowServerLogAttribute : BeforeAfterTestAttribute
{
    private const int Lines = 30;

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        var context = TestContext.Current;
        if (context.TestState?.Result == TestResult.Failed && KubernetesServer.Current is { } server)
        {
            context.TestOutputHelper?.WriteLine($"The end of the API server's log:\n{server.ReadLogTail(Lines)}");
        }
    }
}
