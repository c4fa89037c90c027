using Operator.Carto;

namespace Operator.Clients;

/// <summary>A client's ID and secret in hand, on the way from CARTO to the Secret.</summary>
/// <param name="ClientId">Client ID; public.</param>
/// <param name="Serial">The client's serial.</param>
/// <param name="ClientSecret">Its secret.</param>
/// <param name="Name">The client's name in CARTO; null when not known.</param>
/// <param name="CreatedAt">When it was created; null when not known.</param>
internal sealed record Pair(string ClientId, int Serial, Sensitive ClientSecret, string? Name, DateTimeOffset? CreatedAt);
