namespace Operator.Access;

/// <summary>A client in CARTO that bears the marker of a resource.</summary>
internal sealed record MarkedClient(string ClientId, int Serial, string Name, DateTimeOffset? CreatedAt);
