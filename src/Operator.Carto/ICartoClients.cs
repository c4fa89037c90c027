namespace Operator.Carto;

/// <summary>
/// The M2M OAuth Clients of one account. Every call passes the account's gate, has a timeout, and fails with a
/// <see cref="CartoException"/>; cancellation by the caller stays an <see cref="OperationCanceledException"/>.
/// </summary>
/// <remarks>
/// CARTO has published neither the form of its answers nor the wording of its errors, so the list is the authority on what exists. Whatever
/// <see cref="GetAsync"/> and <see cref="DeleteAsync"/> say is a hint, success included: a list that began after them decides. These calls
/// make no such list themselves, so that callers can share one per account.
/// </remarks>
public interface ICartoClients
{
    /// <summary>
    /// Creates a client. Its secret is null where the answer has none or a mask: the client exists all the same, and its ID is what matters.
    /// When the exception's <see cref="CartoError.MayHaveTakenEffect"/> is set, a client may exist too.
    /// </summary>
    Task<OAuthClient> CreateAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// The clients of the account's owner, every page of them, with what could not be read. Fails when nothing of the answer can be
    /// understood.
    /// </summary>
    Task<OAuthClientList> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// One client; null when CARTO says that there is none, which is a hint. Its secret is null where CARTO does not show it, or a mask. Falls
    /// back to the list where the API has no such operation.
    /// </summary>
    Task<OAuthClient?> GetAsync(string clientId, CancellationToken cancellationToken);

    /// <summary>Changes a client's name. <see cref="CartoErrorKind.Unsupported"/> where the API cannot.</summary>
    Task RenameAsync(string clientId, string name, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes a client for good. <see cref="CartoErrorKind.NotFound"/> when CARTO says, in whichever form, that there is none; another error
    /// when it refuses, also where it does so in an answer that is not marked as an error. To return normally is a hint as well.
    /// </summary>
    Task DeleteAsync(string clientId, CancellationToken cancellationToken);
}
