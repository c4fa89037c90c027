using Operator.Secrets;

namespace Operator.Clients;

/// <summary>Credentials in the Secret whose client is known nowhere else.</summary>
/// <param name="Pair">The credentials.</param>
/// <param name="Works">Whether a token was obtained with them; null if not tried in this run.</param>
internal sealed record UnlistedPair(Pair Pair, bool? Works)
{
    /// <summary>Which client.</summary>
    public string ClientId => Pair.ClientId;
}
