using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Tests.Secrets;

public sealed class SecretRenderingsTests
{
    private static readonly Endpoints Public = new("https://api.example.com", "https://auth.example.com/oauth/token", "audience");
    private static readonly SecretSpec Spec = new();
    private readonly SecretRenderings _renderings = new();

    [Fact]
    public void Of_SameInputs_RendersOnce()
    {
        var first = _renderings.Of(Spec, Credentials("secret"), Public);

        Assert.Same(first, _renderings.Of(Spec, Credentials("secret"), Public));
    }

    [Fact]
    public void Of_AnyOtherInput_RendersAgain()
    {
        var first = _renderings.Of(Spec, Credentials("secret"), Public);

        Assert.NotSame(first, _renderings.Of(Spec, Credentials("other"), Public));
        Assert.NotSame(first, _renderings.Of(Spec, Credentials("secret") with { ClientId = "client-2" }, Public));
        Assert.NotSame(first, _renderings.Of(Spec with { CredentialsFile = "file" }, Credentials("secret"), Public));
        Assert.NotSame(first, _renderings.Of(Spec, Credentials("secret"), Public with { Audience = "other" }));
    }

    private static Pair Credentials(string secret) =>
        new("client-1", 1, new Sensitive(secret), Name: null, CreatedAt: null, PairOrigin.Created);
}
