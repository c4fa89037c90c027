namespace Operator.Carto;

/// <summary>
/// The M2M OAuth Clients of one account. Every call passes the account's gate, has a timeout, and fails with a
/// <see cref="CartoException"/>; cancellation by the caller stays an <see cref="OperationCanceledException"/>.
/// </summary>
public interface ICartoClients
{
    /// <summary>
    /// Creates a client. The secret of the answer is never null. When the exception's
    /// <see cref="CartoError.MayHaveTakenEffect"/> is set, a client may exist all the same.
    /// </summary>
    Task<OAuthClient> CreateAsync(string name, CancellationToken cancellationToken);

    /// <summary>All clients of the account's owner, every page of them.</summary>
    Task<IReadOnlyList<OAuthClient>> ListAsync(CancellationToken cancellationToken);

    /// <summary>One client; null when CARTO says that there is none. Falls back to the list where the API has no such operation.</summary>
    Task<OAuthClient?> GetAsync(string clientId, CancellationToken cancellationToken);

    /// <summary>Changes a client's name. <see cref="CartoErrorKind.Unsupported"/> where the API cannot.</summary>
    Task RenameAsync(string clientId, string name, CancellationToken cancellationToken);

    /// <summary>Deletes a client for good. <see cref="CartoErrorKind.NotFound"/> when there is none.</summary>
    Task DeleteAsync(string clientId, CancellationToken cancellationToken);
}
