using Microsoft.Extensions.Logging;

namespace Operator.Carto;

/// <summary>Makes accounts. The one way into this assembly.</summary>
public interface ICartoAccountFactory
{
    /// <summary>
    /// An account with connections, token and gate of its own. Sends nothing and never fails: what is wrong with the options shows on
    /// the first call.
    /// </summary>
    ICartoAccount Create(CartoAccountOptions options);
}

/// <inheritdoc/>
/// <param name="timeProvider">Clock of every timeout, expiry and pause.</param>
/// <param name="loggerFactory">Where the accounts log to.</param>
/// <param name="wrap">
/// Puts a handler of the caller's around the one that talks to the network, for every request, tokens included; null: nothing.
/// </param>
public sealed class CartoAccountFactory(
    TimeProvider timeProvider,
    ILoggerFactory loggerFactory,
    Func<HttpMessageHandler, HttpMessageHandler>? wrap = null) : ICartoAccountFactory
{
    /// <inheritdoc/>
    public ICartoAccount Create(CartoAccountOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new CartoAccount(options, timeProvider, loggerFactory, wrap);
    }
}
