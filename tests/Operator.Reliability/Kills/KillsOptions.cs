namespace Operator.Reliability.Kills;

/// <summary>How large a run is.</summary>
/// <param name="Resources">How many resources people have.</param>
/// <param name="Kills">How often the operator is killed.</param>
/// <param name="Seed">Leads to the same choice of moments and actions each time.</param>
/// <param name="Alone">
/// The cluster has no other user: the operator looks at all namespaces, as people install it. Else it looks at the one of the run.
/// </param>
internal sealed record KillsOptions(int Resources, int Kills, int Seed, bool Alone);
