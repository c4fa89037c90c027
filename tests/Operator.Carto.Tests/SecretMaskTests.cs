using CsCheck;

namespace Operator.Carto.Tests;

public sealed class SecretMaskTests
{
    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("*")]
    [InlineData("********")]
    [InlineData("xxxxxxxx")]
    [InlineData("XXXX-XXXX-XXXX")]
    [InlineData("••••••••")]
    [InlineData("●●●●")]
    [InlineData("........")]
    [InlineData("…")]
    [InlineData("<hidden>")]
    [InlineData("<redacted>")]
    [InlineData("[REDACTED]")]
    [InlineData("{{secret}}")]
    [InlineData("(not shown)")]
    [InlineData("redacted")]
    [InlineData("REDACTED")]
    [InlineData("hidden")]
    [InlineData("masked")]
    [InlineData("null")]
    [InlineData("None")]
    [InlineData("undefined")]
    [InlineData("N/A")]
    [InlineData("not available")]
    [InlineData("Shown only once, when the client is created")]
    [InlineData("...x9Qz")]
    [InlineData("…x9Qz")]
    [InlineData("****x9Qz")]
    [InlineData("••••x9Qz")]
    [InlineData("x9Qz****")]
    [InlineData("x9Qz...")]
    [InlineData("x9Qz****b7Kp")]
    [InlineData("xxxxxxxxx9Qz")]
    [InlineData("XXXXXXXXXXXXXXXXXXXXXXXXb7Kp")]
    public void IsMask_WhatStandsForASecret_Is(string text) => Assert.True(SecretMask.IsMask(text));

    [Theory]
    [InlineData("s")]
    [InlineData("x9Qz")]
    [InlineData("hunter2")]
    [InlineData("redacted-no-more")]
    [InlineData("xxxyyy")]
    [InlineData("P@ss*w0rd.with,special;chars")]
    public void IsMask_WhatMayBeOne_IsNot(string text) => Assert.False(SecretMask.IsMask(text));

    [Fact]
    public void IsMask_GeneratedSecret_NeverIs() =>
        Gen.Char["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"]
            .Array[64]
            .Sample(characters => !SecretMask.IsMask(new string(characters)), iter: 100_000);

    [Fact]
    public void IsMask_PartOfAGeneratedSecret_NeverHidesTheRest() =>
        Gen.Select(
                Gen.Char["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"].Array[4],
                Gen.Char["*•.xX#"],
                Gen.Int[4, 60],
                Gen.Bool
            )
            .Sample(shown =>
            {
                var (rest, filler, length, before) = shown;
                var mask = new string(filler, length);
                return SecretMask.IsMask(before ? mask + new string(rest) : new string(rest) + mask);
            });
}
