using System.Collections.Immutable;
using k8s.Models;
using Operator.Access;
using Operator.Carto;
using Operator.Clients;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Tests.Clients;

/// <summary>Nothing is asked of an account that is out of reach, whatever is still to be done there.</summary>
public sealed class PlanAvailabilityTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void RevocationToConfirm_AccountIsOutOfReach_Waits(bool isDeleted, bool isAsked)
    {
        var status = new M2MOAuthClientStatus
        {
            Current = new ClientRecord { ClientId = "c2", Serial = 2 },
            DisplayName = new ClientName("0a1b2c", "uid", "etl", 255).For(2),
            Retiring = [new RetiringClient { ClientId = "c1", RevokeAfter = Now }],
            SecretResourceVersion = "1",
        };
        var resource = new M2MOAuthClient
        {
            Metadata = new V1ObjectMeta
            {
                Name = "etl",
                Uid = "uid",
                Finalizers = [WireNames.Finalizer],
                DeletionTimestamp = isDeleted ? Now.UtcDateTime : null,
            },
            Spec = new M2MOAuthClientSpec(),
            Status = status with { ResourceUid = "uid" },
        };
        var seen = new Observation
        {
            Status = status,
            Record = RecordSource.Status,
            Name = new ClientName("0a1b2c", "uid", "etl", 255),
            Account = new AccountView.Unavailable(Reasons.AccountNotReady, "it does not answer"),
            Secret = new SecretView.Ours("c2", 2, "f", "1"),
            Fingerprint = "f",
            MustVerify = true,
            VerifiedClients = ["c2"],
            Revoking = isAsked
                ? ImmutableDictionary<string, CartoError?>.Empty.Add("c1", null)
                : ImmutableDictionary<string, CartoError?>.Empty,
            ReadyLists = new HashSet<AccountKey> { default },
        };

        var wait = Assert.IsType<Step.Wait>(Plan.Decide(resource, seen, Now));

        Assert.Equal(isDeleted ? Reasons.DeletionBlocked : Reasons.AccountNotReady, wait.Reason);
        Assert.Contains("it does not answer", wait.Message, StringComparison.Ordinal);
    }
}
