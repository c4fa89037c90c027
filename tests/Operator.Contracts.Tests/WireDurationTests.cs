using System.Text.RegularExpressions;
using Operator.Contracts.Schema;

namespace Operator.Contracts.Tests;

public sealed class WireDurationTests
{
    [Theory]
    [InlineData("90d", 90 * 86400)]
    [InlineData("24h", 86400)]
    [InlineData("1h30m", 5400)]
    [InlineData("2w", 14 * 86400)]
    [InlineData("1w2d3h4m5s", 604800 + (2 * 86400) + (3 * 3600) + (4 * 60) + 5)]
    [InlineData("0s", 0)]
    [InlineData("007m", 420)]
    public void TryParse_Duration_IsRead(string text, int seconds)
    {
        Assert.True(WireDuration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData("1m")]
    [InlineData("24h")]
    [InlineData("25h30m")]
    [InlineData("2d")]
    [InlineData("14d3h4m5s")]
    [InlineData("0s")]
    public void Format_Duration_IsAsAPersonWritesIt(string text)
    {
        Assert.True(WireDuration.TryParse(text, out var duration));
        Assert.Equal(text, WireDuration.Format(duration));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("90")]
    [InlineData("d")]
    [InlineData("-1d")]
    [InlineData("1.5h")]
    [InlineData("1h 30m")]
    [InlineData("30m1h")]
    [InlineData("1h1h")]
    [InlineData("1H")]
    [InlineData("1ms")]
    [InlineData("1d\n")]
    [InlineData("99999w")]
    [InlineData("٣d")]
    public void TryParse_AnythingElse_IsNot(string? text)
    {
        Assert.False(WireDuration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.Zero, duration);
    }

    /// <summary>What the server accepts, the operator can read; what the operator could not read never gets past the server.</summary>
    [Fact]
    public void TryParse_AllShortTexts_AgreesWithTheRuleOfTheSchema()
    {
        var rule = new Regex($"^({Expressions.Duration["r'^".Length..^"$'".Length]})\\z");

        foreach (var text in Texts("0159wdhms.", length: 4).Where(text => text.Length > 0))
        {
            Assert.True(rule.IsMatch(text) == WireDuration.TryParse(text, out _), text);
        }
    }

    private static IEnumerable<string> Texts(string letters, int length) =>
        length == 0 ? [""] : Texts(letters, length - 1).SelectMany(text => letters.Select(letter => text + letter)).Append("");
}
