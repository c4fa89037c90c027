using System.Globalization;

namespace Operator.Carto.Http;

/// <summary>Reads how long a server asks to wait.</summary>
internal static class RetryAfter
{
    private const string Reset = "x-ratelimit-reset";

    // Smaller numbers are not timestamps: some servers use seconds from now.
    private const long FirstMoment = 1_000_000_000;

    /// <summary>The Retry-After header, in either form. Null if missing; zero for a time in the past.</summary>
    public static TimeSpan? Of(HttpResponseMessage response, TimeProvider time)
    {
        var header = response.Headers.RetryAfter;
        return NotNegative(header?.Delta ?? (header?.Date - time.GetUtcNow()));
    }

    /// <summary>Same, for a throttling response: also reads <c>x-ratelimit-reset</c>, which Auth0 may send alone.</summary>
    public static TimeSpan? OfLimit(HttpResponseMessage response, TimeProvider time)
    {
        var asked = Of(response, time);
        var reset = OfReset(response, time);
        return asked is null || reset > asked ? reset : asked;
    }

    /// <summary>Sets the pause resulting from a response in its header, for later readers.</summary>
    public static void Set(HttpResponseMessage response, TimeSpan pause) =>
        response.Headers.RetryAfter = new(TimeSpan.FromSeconds(Math.Ceiling(pause.TotalSeconds)));

    private static TimeSpan? OfReset(HttpResponseMessage response, TimeProvider time)
    {
        const long lastMoment = 253402300799;
        return
            response.Headers.TryGetValues(Reset, out var values)
            && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= lastMoment
            ? NotNegative(
                number < FirstMoment ? TimeSpan.FromSeconds(number) : DateTimeOffset.FromUnixTimeSeconds(number) - time.GetUtcNow()
            )
            : null;
    }

    private static TimeSpan? NotNegative(TimeSpan? wait) => wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
}
