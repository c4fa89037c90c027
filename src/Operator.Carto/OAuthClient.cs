namespace Operator.Carto;

/// <summary>An M2M OAuth Client as returned by CARTO.</summary>
/// <param name="Id">Client ID; public.</param>
/// <param name="Name">Its name; null if not returned.</param>
/// <param name="Secret">Its secret; null if missing or masked, see <see cref="SecretMask"/>.</param>
/// <param name="CreatedAt">When it was created; null if not returned.</param>
public sealed record OAuthClient(string Id, string? Name, Sensitive? Secret, DateTimeOffset? CreatedAt)
{
    /// <summary>CARTO lists it with the type of another kind of application, such as a single-page one.</summary>
    public bool IsOther { get; init; }
}

/// <summary>The clients of an account from one list.</summary>
/// <param name="Clients">The parsed clients, which all exist.</param>
/// <param name="Gap"> What could not be read, for people and without secrets. Null if the list is complete and every entry was parsed: only
/// then does it prove that a client is missing.
/// </param>
public sealed record OAuthClientList(IReadOnlyList<OAuthClient> Clients, string? Gap);
