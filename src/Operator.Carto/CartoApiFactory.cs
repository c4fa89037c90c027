using Microsoft.Extensions.Logging;

namespace Operator.Carto;

/// <summary>Creates accounts. The entry point of this assembly.</summary>
public interface ICartoApiFactory
{
    /// <summary>
    /// Creates an account with its own connections, token and gate. Sends nothing and never fails: errors in the options surface on the
    /// first call.
    /// </summary>
    ICartoApi Create(CartoApiOptions options);
}

/// <inheritdoc/>
/// <param name="timeProvider">Clock for timeouts, expiry and pauses.</param>
/// <param name="loggerFactory">Logger factory for the accounts.</param>
/// <param name="wrap"> Wraps the network handler for every request, including token requests; null for none.
/// </param>
public sealed class CartoApiFactory(
    TimeProvider timeProvider,
    ILoggerFactory loggerFactory,
    Func<HttpMessageHandler, HttpMessageHandler>? wrap = null
) : ICartoApiFactory
{
    /// <inheritdoc/>
    public ICartoApi Create(CartoApiOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new CartoApi(options, timeProvider, loggerFactory, wrap);
    }
}
