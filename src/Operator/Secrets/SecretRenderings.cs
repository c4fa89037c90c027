using Operator.Access;
using Operator.Contracts;

namespace Operator.Secrets;

/// <summary>
/// The Secret that one reconcile rendered last: it is compared with what is stored, then written, and compared again after a token was
/// obtained.
/// </summary>
internal sealed class SecretRenderings
{
    private (SecretSpec? Spec, Pair Pair, Endpoints Endpoints, RenderedSecret Rendered)? _last;

    /// <summary>Renders credentials, unless that was done last.</summary>
    /// <exception cref="SecretRenderException">The Secret cannot be rendered.</exception>
    public RenderedSecret Of(SecretSpec? spec, Pair pair, Endpoints endpoints)
    {
        if (
            _last is { } last
            && ReferenceEquals(last.Spec, spec)
            && last.Pair.ClientId == pair.ClientId
            && last.Pair.ClientSecret.Equals(pair.ClientSecret)
            && last.Endpoints == endpoints
        )
        {
            return last.Rendered;
        }

        var rendered = RenderedSecret.Of(spec, pair, endpoints);
        _last = (spec, pair, endpoints, rendered);
        return rendered;
    }
}
