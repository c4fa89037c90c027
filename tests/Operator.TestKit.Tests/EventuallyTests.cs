using Xunit.Sdk;

namespace Operator.TestKit.Tests;

public sealed class EventuallyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GetAsync_StateComes_ReturnsIt()
    {
        var looks = 0;

        var seen = await Eventually.GetAsync(_ => Task.FromResult(++looks), n => n == 3, "three", Token);

        Assert.Equal(3, seen);
    }

    [Fact]
    public async Task GetAsync_StateNeverComes_SaysWhatWasSeenLast()
    {
        var failure = await Assert.ThrowsAsync<XunitException>(() =>
            Eventually.GetAsync(
                _ => Task.FromResult("still red"),
                s => s == "green",
                "the light is green",
                Token,
                TimeSpan.FromMilliseconds(50)
            )
        );

        Assert.Contains("the light is green", failure.Message, StringComparison.Ordinal);
        Assert.Contains("still red", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetAsync_LookHangs_TheLimitEndsIt()
    {
        await Assert.ThrowsAsync<XunitException>(() =>
            Eventually.GetAsync(
                async token =>
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                    return 1;
                },
                n => n == 1,
                "an answer",
                Token,
                TimeSpan.FromMilliseconds(50)
            )
        );
    }

    [Fact]
    public async Task GetAsync_LookThrowsFirst_LooksAgain()
    {
        var looks = 0;

        var seen = await Eventually.GetAsync(
            _ => ++looks == 1 ? throw new InvalidOperationException("not there yet") : Task.FromResult(looks),
            n => n == 2,
            "two",
            Token
        );

        Assert.Equal(2, seen);
    }

    [Fact]
    public async Task AssertAsync_CallerCancels_IsACancellationAndNoFailure()
    {
        using var cancelled = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Eventually.AssertAsync(
                async _ =>
                {
                    await cancelled.CancelAsync();
                    throw new InvalidOperationException("never right");
                },
                cancelled.Token
            )
        );
    }
}
