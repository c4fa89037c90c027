namespace Operator.Access;

/// <summary>A client in CARTO with a resource's mark.</summary>
internal sealed record MarkedClient(string ClientId, int Serial, string Name, DateTimeOffset? CreatedAt);
