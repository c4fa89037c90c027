using System.Globalization;

namespace Operator.Carto.Http;

/// <summary>How long a server asks to wait.</summary>
internal static class RetryAfter
{
    private const string Reset = "x-ratelimit-reset";

    // Smaller numbers are no moment of our time: some servers put seconds from now there.
    private const long FirstMoment = 1_000_000_000;

    /// <summary>The header of that name, in either of its forms. Null when there is none; zero for a moment that is past.</summary>
    public static TimeSpan? Of(HttpResponseMessage response, TimeProvider time)
    {
        var header = response.Headers.RetryAfter;
        return NotNegative(header?.Delta ?? (header?.Date - time.GetUtcNow()));
    }

    /// <summary>The same of an answer that asks to slow down: also where only <c>x-ratelimit-reset</c> says when, as Auth0 does it.</summary>
    public static TimeSpan? OfLimit(HttpResponseMessage response, TimeProvider time)
    {
        var asked = Of(response, time);
        var reset = OfReset(response, time);
        return asked is null || reset > asked ? reset : asked;
    }

    /// <summary>Puts into an answer for how long all calls wait because of it, for whoever reads it.</summary>
    public static void Set(HttpResponseMessage response, TimeSpan pause) =>
        response.Headers.RetryAfter = new(TimeSpan.FromSeconds(Math.Ceiling(pause.TotalSeconds)));

    private static TimeSpan? OfReset(HttpResponseMessage response, TimeProvider time)
    {
        const long lastMoment = 253402300799;
        return response.Headers.TryGetValues(Reset, out var values)
            && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= lastMoment
                ? NotNegative(number < FirstMoment ? TimeSpan.FromSeconds(number) : DateTimeOffset.FromUnixTimeSeconds(number) - time.GetUtcNow())
                : null;
    }

    private static TimeSpan? NotNegative(TimeSpan? wait) => wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
}
