namespace Operator.Carto.Tests;

public sealed class WordsTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData(" \n ", null)]
    [InlineData(" two\r\n lines\t", "two lines")]
    [InlineData("client gdegyQvUbblmjOj4bT87hhoSITOoltaw", "client gdegyQvUbblmjOj4bT87hhoSITOoltaw")]
    [InlineData("got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln here", "got *** here")]
    [InlineData("secret AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEfGhIjKlMnOpQrStUvWxYz", "secret ***")]
    public void Clean_AnyText_IsOneLineWithoutSecrets(string? text, string? expected) => Assert.Equal(expected, Words.Clean(text));

    [Fact]
    public void Clean_LongText_IsCutBetweenWords()
    {
        var cut = Words.Clean(string.Concat(Enumerable.Repeat("word ", 1000)))!;

        Assert.True(cut.Length <= 241);
        Assert.EndsWith("word…", cut, StringComparison.Ordinal);
    }

    [Fact]
    public void Clean_SecretAtTheCut_LeavesNoHalfOfIt()
    {
        var secret = new string('k', 64);

        Assert.DoesNotContain("kkk", Words.Clean($"{new string('.', 220)} {secret}")!, StringComparison.Ordinal);
        Assert.DoesNotContain("kkk", Words.Clean(new string('k', 1000))!, StringComparison.Ordinal);
    }

    [Fact]
    public void List_ManyNames_SaysHowManyMore()
    {
        Assert.Equal("none", Words.List([]));
        Assert.EndsWith("n29 and 70 more", Words.List(Enumerable.Range(0, 100).Select(index => $"n{index}")), StringComparison.Ordinal);
    }
}
