namespace Operator.Carto;

/// <summary>An M2M OAuth Client as CARTO shows it.</summary>
/// <param name="Id">Client ID; public.</param>
/// <param name="Name">Its name; null when the answer does not say.</param>
/// <param name="Secret">Its secret; null where CARTO does not return it, or a mask, see <see cref="SecretMask"/>.</param>
/// <param name="CreatedAt">When it was created; null when the answer does not say.</param>
public sealed record OAuthClient(string Id, string? Name, Sensitive? Secret, DateTimeOffset? CreatedAt)
{
    /// <summary>CARTO shows it with the type of another kind of application, such as a single-page one: no M2M client, as far as that is true.</summary>
    public bool IsOther { get; init; }
}

/// <summary>The clients of an account, as one list showed them.</summary>
/// <param name="Clients">Those that were understood. One that is here exists.</param>
/// <param name="Gap">
/// What could not be read, for people and without secrets. Null when the list was read to its end and every entry was understood: only then
/// does it prove that a client is missing.
/// </param>
public sealed record OAuthClientList(IReadOnlyList<OAuthClient> Clients, string? Gap);
