using Operator.Access;
using Operator.Accounts;
using Operator.Carto;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Tests.Accounts;

public sealed class CartoProblemsTests
{
    private static readonly AccountSource Credentials = new(
        "spec.auth.clientCredentials.secretRef",
        new SourceObject(SourceKind.Secret, new ObjectKey("team", "carto")),
        "id",
        "secret"
    );

    [Theory]
    [InlineData(CartoErrorKind.Transient, CartoStage.Api, Reasons.Unreachable, false)]
    [InlineData(CartoErrorKind.Transient, CartoStage.Token, Reasons.Unreachable, false)]
    [InlineData(CartoErrorKind.Throttled, CartoStage.Api, Reasons.Throttled, false)]
    [InlineData(CartoErrorKind.Unauthorized, CartoStage.Token, Reasons.CredentialsRefused, true)]
    [InlineData(CartoErrorKind.Unauthorized, CartoStage.Api, Reasons.CredentialsRefused, true)]
    [InlineData(CartoErrorKind.Forbidden, CartoStage.Token, Reasons.CredentialsRefused, true)]
    [InlineData(CartoErrorKind.Forbidden, CartoStage.Api, Reasons.InsufficientPermission, true)]
    [InlineData(CartoErrorKind.NotFound, CartoStage.Api, Reasons.Rejected, true)]
    [InlineData(CartoErrorKind.Rejected, CartoStage.Api, Reasons.Rejected, true)]
    [InlineData(CartoErrorKind.Unsupported, CartoStage.Api, Reasons.UnsupportedApi, true)]
    [InlineData(CartoErrorKind.OwnClientNotListed, CartoStage.Api, Reasons.OwnClientNotListed, true)]
    [InlineData(CartoErrorKind.Untrusted, CartoStage.Token, Reasons.CertificateNotTrusted, true)]
    public void Of_EachKind_HasAReasonAndCartosWords(CartoErrorKind kind, CartoStage stage, string reason, bool needsPerson)
    {
        var problem = CartoProblems.Of(new CartoError(kind, stage, "It failed."), Credentials);

        Assert.Equal((reason, needsPerson), (problem.Reason, problem.NeedsPerson));
        Assert.StartsWith("It failed.", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Throttled_WaitsAsLongAsCartoAsks()
    {
        var wait = TimeSpan.FromSeconds(42);

        Assert.Equal(
            wait,
            CartoProblems.Of(new CartoError(CartoErrorKind.Throttled, CartoStage.Api, "Slow.", wait), Credentials).RetryAfter
        );
    }

    [Fact]
    public void Of_CredentialsRefused_SaysWhereTheyAre() =>
        Assert.Contains(
            "Secret team/carto, under id and secret",
            CartoProblems.Of(new CartoError(CartoErrorKind.Unauthorized, CartoStage.Token, "Refused."), Credentials).Message,
            StringComparison.Ordinal
        );
}
