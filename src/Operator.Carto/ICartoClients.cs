namespace Operator.Carto;

/// <summary>
/// The M2M OAuth Clients of one account. Every call passes the account's gate, has a timeout, and fails with a
/// <see cref="CartoException"/>; cancellation by the caller surfaces as <see cref="OperationCanceledException"/>.
/// </summary>
/// <remarks>
/// CARTO documents neither the format of its responses nor its error messages, so the list is the authority on what exists. Results of
/// <see cref="GetAsync"/> and <see cref="DeleteAsync"/> are hints, including success: a later list decides. These calls do not list
/// themselves, so that callers can share one list per account.
/// </remarks>
public interface ICartoClients
{
    /// <summary>
    /// Creates a client. Its secret is null if missing or masked in the response: the client still exists, and its ID is what matters. If
    /// the exception's <see cref="CartoError.MayHaveTakenEffect"/> is set, a client may exist too.
    /// </summary>
    Task<OAuthClient> CreateAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Lists all pages of the account owner's clients, with what could not be read. Fails if nothing in the response can be parsed, or if a
    /// whole list lacks the client that logs in (<see cref="CartoErrorKind.OwnClientNotListed"/>).
    /// </summary>
    Task<OAuthClientList> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Gets one client; null if CARTO reports that it does not exist, which is a hint. Its secret is null if missing or masked. Falls back
    /// to the list if the API has no such operation.
    /// </summary>
    Task<OAuthClient?> GetAsync(string clientId, CancellationToken cancellationToken);

    /// <summary>Renames a client. <see cref="CartoErrorKind.Unsupported"/> if the API cannot.</summary>
    Task RenameAsync(string clientId, string name, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes a client for good. <see cref="CartoErrorKind.NotFound"/> if CARTO reports, in any form, that it does not exist; another
    /// error if it refuses, even in a response not marked as an error. Returning normally is a hint too.
    /// </summary>
    Task DeleteAsync(string clientId, CancellationToken cancellationToken);
}
