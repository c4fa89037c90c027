using Operator.Access;
using Operator.Contracts;

namespace Operator.Secrets;

/// <summary>What a Secret is to hold. Deliberately not a record type: it must not print.</summary>
internal sealed class RenderedSecret
{
    private RenderedSecret(IReadOnlyDictionary<string, byte[]> data, string fingerprint) => (Data, Fingerprint) = (data, fingerprint);

    /// <summary>Its values by key.</summary>
    public IReadOnlyDictionary<string, byte[]> Data { get; }

    /// <summary>Identifies the public inputs it was rendered from.</summary>
    public string Fingerprint { get; }

    /// <summary>Renders credentials.</summary>
    /// <exception cref="SecretRenderException">The Secret cannot be rendered.</exception>
    public static RenderedSecret Of(SecretSpec? spec, Pair pair, Endpoints endpoints) =>
        new(SecretRenderer.Render(spec, pair.ClientId, pair.ClientSecret, endpoints), SecretRenderer.Fingerprint(spec, endpoints));
}
