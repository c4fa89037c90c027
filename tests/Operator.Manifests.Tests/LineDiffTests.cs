using Operator.Manifests.Output;

namespace Operator.Manifests.Tests;

public sealed class LineDiffTests
{
    [Theory]
    [InlineData("a\nb\nc", "a\nx\nc", "  @ line 2\n  - b\n  + x")]
    [InlineData("a\nc", "a\nb\nc", "  @ line 2\n  + b")]
    [InlineData("a\nb\nc", "a\nc", "  @ line 2\n  - b")]
    [InlineData("a\n", "a\nb\n", "  @ line 2\n  + b")]
    [InlineData("", "a", "  @ line 1\n  - \n  + a")]
    [InlineData("a\na", "a\na\na", "  @ line 3\n  + a")]
    public void Describe_TwoTexts_ShowsWhereTheyPart(string actual, string expected, string diff) =>
        Assert.Equal(diff, LineDiff.Describe(actual, expected));

    [Fact]
    public void Describe_ManyLines_IsShort()
    {
        var expected = string.Join('\n', Enumerable.Range(1, 100));

        var diff = LineDiff.Describe("", expected);

        Assert.EndsWith("  + 12\n  + ... 88 more", diff, StringComparison.Ordinal);
    }
}
