using Operator.Reliability.CrashMatrix;

namespace Operator.Reliability.Tests.CrashMatrix;

public sealed class CrashMatrixCommandTests
{
    [Theory]
    [InlineData("")]
    [InlineData("--sample 83")]
    [InlineData("--part 12 --parts 12")]
    public void Arguments_OfAPartThatThereIs_AreTaken(string arguments) =>
        Assert.Empty(CrashMatrixCommand.Create().Parse(arguments).Errors);

    [Theory]
    [InlineData("--part 13 --parts 12")]
    [InlineData("--part 2")]
    [InlineData("--part 0")]
    public void Arguments_OfNoPart_AreRefused(string arguments) =>
        Assert.Contains(
            "there is no such part",
            Assert.Single(CrashMatrixCommand.Create().Parse(arguments).Errors).Message,
            StringComparison.Ordinal
        );
}
