using System.Text.Json;

namespace Operator.Carto.Clients;

/// <summary>
/// One programmatic interface of CARTO through which an account's clients can be reached. It makes calls and classifies their failures;
/// what
/// the answers mean for clients is the same for all interfaces, see <see cref="CartoClients"/>.
/// </summary>
internal interface IClientInterface : IDisposable
{
    /// <summary>Connects, even if it is connected already. Changes nothing in CARTO.</summary>
    /// <exception cref="CartoException">It does not work, or lacks a needed operation.</exception>
    Task<CartoApiInfo> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Whether connecting has shown that the server answers this account.</summary>
    bool AnswersOnConnect { get; }

    /// <summary>Whether it offers an operation.</summary>
    Task<bool> OffersAsync(ClientOperation operation, CancellationToken cancellationToken);

    /// <summary>Makes one call, which is one request that may have an effect.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="arguments">Its arguments, from what the call takes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="CartoException">It failed, or CARTO refused.</exception>
    Task<ClientAnswer> CallAsync(
        ClientOperation operation,
        Func<BoundCall, Dictionary<string, JsonElement>> arguments,
        CancellationToken cancellationToken
    );
}
