namespace Operator.Carto;

/// <summary>An M2M OAuth Client as CARTO shows it.</summary>
/// <param name="Id">Client ID; public.</param>
/// <param name="Name">Its name; null when the answer does not say.</param>
/// <param name="Secret">Its secret; null where CARTO does not return it.</param>
/// <param name="CreatedAt">When it was created; null when the answer does not say.</param>
public sealed record OAuthClient(string Id, string? Name, Sensitive? Secret, DateTimeOffset? CreatedAt);
