using System.Text.Json;
using k8s;
using Xunit.Sdk;

namespace Operator.TestKit;

/// <summary>Waits for a state of the world that comes soon, but nobody knows when.</summary>
public static class Eventually
{
    /// <summary>How long a test waits unless it says otherwise: far longer than a busy machine needs.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Looks until what it sees is as wanted, and returns that. An exception of <paramref name="look"/> counts as not yet.
    /// Fails when the limit passes, with the last state seen.
    /// </summary>
    /// <param name="look">Reads the state.</param>
    /// <param name="wanted">Says whether it is as wanted.</param>
    /// <param name="what">What is awaited, for the message.</param>
    /// <param name="cancellationToken">Ends the wait without a verdict.</param>
    /// <param name="limit">How long to wait; null: <see cref="DefaultLimit"/>.</param>
    public static async Task<T> GetAsync<T>(
        Func<CancellationToken, Task<T>> look,
        Func<T, bool> wanted,
        string what,
        CancellationToken cancellationToken,
        TimeSpan? limit = null
    )
    {
        T? seen = default;
        await AssertAsync(
            async token =>
            {
                seen = await look(token);
                if (!wanted(seen))
                {
                    throw new XunitException($"Waited for: {what}\nLast seen: {Describe(seen)}");
                }
            },
            cancellationToken,
            limit
        );
        return seen!;
    }

    /// <summary>Waits until a condition holds.</summary>
    public static Task TrueAsync(Func<bool> condition, string what, CancellationToken cancellationToken, TimeSpan? limit = null) =>
        GetAsync(_ => Task.FromResult(condition()), holds => holds, what, cancellationToken, limit);

    /// <summary>Runs assertions until they pass; fails when the limit passes, with what the last attempt failed with.</summary>
    public static async Task AssertAsync(
        Func<CancellationToken, Task> assertions,
        CancellationToken cancellationToken,
        TimeSpan? limit = null
    )
    {
        var allowed = limit ?? DefaultLimit;
        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        using var deadline = new CancellationTokenSource(allowed, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        Exception? last = null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await assertions(either.Token);
                return;
            }
            catch (Exception e)
            {
                cancellationToken.ThrowIfCancellationRequested();

                // A read that the deadline cut short shows less than the one before it.
                last = deadline.IsCancellationRequested && last is not null ? last : e;
            }

            if (clock.GetElapsedTime(started) >= allowed)
            {
                throw new XunitException($"Not within {allowed}, in {attempt} attempts. {last!.Message}", last);
            }

            await Task.Delay(Interval, clock, cancellationToken);
        }
    }

    private static string Describe<T>(T seen) =>
        seen switch
        {
            null => "nothing",
            string text => text,
            IKubernetesObject kubernetes => KubernetesYaml.Serialize(kubernetes),
            CommandResult result => result.ToString(),
            _ => DescribeAsJson(seen),
        };

    private static string DescribeAsJson<T>(T seen)
    {
        try
        {
            return JsonSerializer.Serialize(seen, seen!.GetType());
        }
        catch (NotSupportedException)
        {
            return seen!.ToString() ?? "";
        }
    }
}
