using Microsoft.Extensions.Logging;

namespace Operator.TestKit.Tests;

public sealed class TestLogTests
{
    [Fact]
    public void Lines_AfterLoggingInAScope_HoldLevelCategoryScopeMessageAndException()
    {
        using var log = new TestLog();
        using var factory = log.CreateFactory();
        var logger = factory.CreateLogger("Some.Category");

        using (logger.BeginScope("default/etl"))
        {
#pragma warning disable CA1848 // One line of one test.
            logger.LogWarning(new InvalidOperationException("the cause"), "it failed");
#pragma warning restore CA1848
        }

        var line = Assert.Single(log.Lines.Since(0));
        Assert.Matches(@"Warning Some\.Category\[0\] \[default/etl\] it failed\s.*the cause", line);
    }

    [Fact]
    public void Since_MoreLinesThanAreKept_ReturnsTheNewestOnes()
    {
        var buffer = new LogBuffer(capacity: 2);
        foreach (var line in new[] { "a", "b", "c", "d" })
        {
            buffer.Add(line);
        }

        Assert.Equal(["c", "d"], buffer.Since(0));
        Assert.Equal(["d"], buffer.Since(3));
        Assert.Equal(4, buffer.Position);
        Assert.Equal("d", buffer.Tail(1));
    }
}
