using System.Collections.Immutable;
using k8s.Models;
using Operator.Access;
using Operator.Carto;
using Operator.Clients;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Tests.Clients;

/// <summary>
/// Runs the plan against a small model of CARTO and of the records in Kubernetes, and kills it at every step: before the step, after its
/// effect, and with an answer that never came.
/// </summary>
public sealed class PlanTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private const string Uid = "uid";

    private static readonly Sensitive Right = new("right");
    private static readonly Endpoints HomeEndpoints = new("https://api.example.com", "https://auth.example.com/oauth/token", "audience");
    private static readonly AccountKey Home = new(default, Namespace: null, "default");

    public static TheoryData<string, bool> Scenarios()
    {
        var data = new TheoryData<string, bool>();
        foreach (
            var scenario in new[]
            {
                "create",
                "secret deleted",
                "secret edited",
                "secret labelled",
                "renamed",
                "deleted",
                "deleted while new",
                "replacement with a stray",
                "rotated",
            }
        )
        {
            data.Add(scenario, true);
            data.Add(scenario, false);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Decide_KilledAtAnyStep_EndsWithOneClientAndAWorkingSecret(string scenario, bool secretReadable)
    {
        var steps = Run(scenario, secretReadable, killAt: null, takesEffect: false);
        Assert.InRange(steps, 1, 30);
        for (var kill = 0; kill < steps; kill++)
        {
            Run(scenario, secretReadable, kill, takesEffect: false);
            Run(scenario, secretReadable, kill, takesEffect: true);
        }
    }

    [Fact]
    public void Decide_NewResource_NeedsNoListAndNoPendingRecord()
    {
        var world = new World { SecretReadable = true };

        world.Settle();

        Assert.Equal(["ReadSecret", "AddFinalizer", "Create", "WriteSecret", "Verify"], world.Steps);
    }

    [Fact]
    public void Decide_SettledResource_IsDoneAtOnce()
    {
        var world = new World { SecretReadable = true };
        world.Settle();
        world.Steps.Clear();

        world.Settle();

        Assert.Empty(world.Steps);
    }

    [Fact]
    public void Decide_TooManyRetiringClients_RotatesNoFurther()
    {
        var world = new World { SecretReadable = true };
        world.Settle();
        var retiring = Enumerable.Range(0, 100).Select(i => new RetiringClient { ClientId = $"r{i}", RevokeAfter = Start.AddDays(1) });
        world.Status = world.Status with { Retiring = [.. retiring] };
        world.RotateRequest = "now";

        var stall = Assert.IsType<Step.Stall>(world.Settle());

        Assert.Contains("shorter overlap", stall.Message, StringComparison.Ordinal);
        Assert.Single(world.Live);
    }

    [Fact]
    public void Decide_SecretOfSomebodyElse_StallsBeforeAnythingIsCreated()
    {
        var world = new World { Foreign = true };

        var end = world.Settle();

        Assert.Equal(Reasons.SecretConflict, Assert.IsType<Step.Stall>(end).Reason);
        Assert.Empty(world.Live);
        Assert.False(world.Finalizer);
    }

    [Fact]
    public void Decide_SeveralClientsOfInterruptedCreates_KeepsOne()
    {
        var world = new World { SecretReadable = true, Finalizer = true };
        world.Live.AddRange([("one", 1), ("other", 1)]);

        world.Settle();

        Assert.Equal(world.Status.Current?.ClientId, Assert.Single(world.Live).Id);
        Assert.True(world.Secret!.Works);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Decide_StatusAndSecretLostAfterARotation_GivesWhatMayBeInUseAFullOverlap(bool readable)
    {
        var world = new World { SecretReadable = readable, Finalizer = true };
        world.Live.AddRange([("old", 1), ("new", 2)]);

        world.Settle();

        Assert.Contains(("old", 1), world.Live);
        Assert.Contains(("new", 2), world.Live);
        Assert.Equal(readable, world.Status.Current?.ClientId == "new");
        Assert.True(world.Secret!.Works);
        world.Advance(TimeSpan.FromHours(25));
        world.Settle();
        Assert.Equal([world.Status.Current!.ClientId], world.Live.Select(client => client.Id));
    }

    [Fact]
    public void Decide_DeletionWhileTheLastCreateIsNotListedYet_RevokesItsClientToo()
    {
        var world = new World { SecretReadable = true };
        world.Settle();
        world.Status = world.Status with
        {
            Pending = new PendingClient { Serial = 2, Since = Start },
        };
        world.Live.Add(("late", 2));
        world.Late["late"] = 2;
        world.Deleted = true;

        world.Settle();

        Assert.Empty(world.Live);
        Assert.False(world.Finalizer);
    }

    [Fact]
    public void Decide_RecordOfAClientThatDoesNotExist_KeepsTheOneThatTheSecretNames()
    {
        var world = new World { SecretReadable = false };
        world.Settle();
        var used = Assert.Single(world.Live);
        world.Status = world.Status with
        {
            Current = new ClientRecord { ClientId = "garbage", Serial = 5 },
            Pending = new PendingClient { Serial = 40, Since = Start },
        };

        world.Settle();

        Assert.Equal(used, Assert.Single(world.Live));
        Assert.Equal((used.Id, used.Id), (world.Status.Current?.ClientId, world.Secret?.ClientId));
    }

    [Fact]
    public void Decide_RecordWithALaterSerialThanItsClientBears_IsPutRight()
    {
        var world = new World { SecretReadable = false };
        world.Settle();
        var used = (Assert.Single(world.Live).Id, Serial: 2);
        world.Live.Clear();
        world.Live.AddRange([("earlier", 1), used]);
        world.Secret = world.Secret! with { Serial = 2 };
        world.Status = world.Status with
        {
            Current = new ClientRecord { ClientId = "earlier", Serial = 5 },
        };

        world.Settle();

        Assert.Equal(used.Id, world.Status.Current?.ClientId);
        Assert.Contains(used, world.Live);
    }

    [Fact]
    public void Decide_DeletionWithoutAccount_WaitsAndNamesTheWayOut()
    {
        var world = new World { SecretReadable = true };
        world.Settle();
        world.Deleted = true;
        world.AccountView = new AccountView.Unavailable(Reasons.AccountNotFound, "no such account");

        var wait = Assert.IsType<Step.Wait>(world.Settle());

        Assert.Equal(Reasons.DeletionBlocked, wait.Reason);
        Assert.Contains(WireNames.Annotations.Abandon, wait.Message, StringComparison.Ordinal);
        Assert.Single(world.Live);
    }

    [Theory]
    [InlineData("new")]
    [InlineData("lost pair")]
    [InlineData("rotation")]
    public void Decide_AccountIsClosed_CreatesNothingAndReportsWhy(string wish)
    {
        var world = ClosedWorld(wish, new Restriction(Reasons.AccountTerminating, "it is being deleted"));
        var before = world.Live.ToList();

        var wait = Assert.IsType<Step.Wait>(world.Settle());

        Assert.Equal((Reasons.AccountTerminating, "it is being deleted"), (wait.Reason, wait.Message));
        Assert.Equal(before, world.Live);
        Assert.Null(world.Status.Pending);
        Assert.Equal(wish != "new", world.Finalizer);
    }

    [Theory]
    [InlineData("new")]
    [InlineData("lost pair")]
    [InlineData("rotation")]
    public void Decide_AccountIsNotOpenYet_WaitsForItInSilence(string wish)
    {
        var world = ClosedWorld(wish, Restriction.NotYet);

        Assert.IsType<Step.AwaitAccount>(world.Settle());
    }

    [Fact]
    public void Decide_AccountIsClosed_KeepsRenamesAndRevokesWhatExists()
    {
        var world = ClosedWorld("nothing", new Restriction(Reasons.AccountTerminating, "it is being deleted"));
        world.DisplayName = "renamed";

        Assert.IsType<Step.Done>(world.Settle());
        Assert.StartsWith("renamed [", world.Status.DisplayName, StringComparison.Ordinal);

        world.Deleted = true;
        world.Settle();
        Assert.Empty(world.Live);
        Assert.False(world.Finalizer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Decide_AccountBarsTheNamespace_ReportsItAndOnlyRevokes(bool known)
    {
        var world = new World { SecretReadable = true };
        world.Settle();
        world.Status = world.Status with { Retiring = [new RetiringClient { ClientId = "old", RevokeAfter = Start }] };
        world.Live.Add(("old", 1));
        AccountView view = known ? world.AccountView : new AccountView.Unknown();
        world.AccountView = view with { Denied = new Restriction(Reasons.NamespaceNotAllowed, "not for you") };

        if (known)
        {
            var stall = Assert.IsType<Step.Stall>(world.Settle());
            Assert.Equal((Reasons.NamespaceNotAllowed, "not for you"), (stall.Reason, stall.Message));
            Assert.Single(world.Live);
            world.DisplayName = "renamed";
            Assert.Equal(Reasons.NamespaceNotAllowed, Assert.IsType<Step.Wait>(world.Settle()).Reason);
            world.Deleted = true;
            world.Settle();
            Assert.Empty(world.Live);
        }
        else
        {
            world.Status = world.Status with { Retiring = null };
            Assert.Equal(Reasons.NamespaceNotAllowed, Assert.IsType<Step.Stall>(world.Settle()).Reason);
        }
    }

    private static World ClosedWorld(string wish, Restriction denied)
    {
        var world = new World();
        if (wish != "new")
        {
            world.Settle();
        }

        world.Secret = wish == "lost pair" ? null : world.Secret;
        world.RotateRequest = wish == "rotation" ? "now" : null;
        world.AccountView = (AccountView.Available)world.AccountView with { CreateDenied = denied };
        return world;
    }

    [Fact]
    public void Decide_ListOfThisRunShowsAnUnrecordedClient_PutsItOnRecordBeforeAnotherIsCreated()
    {
        // The record was rebuilt from a list that did not show the client yet.
        var world = new World { SecretReadable = true };
        world.Settle();
        world.Live.Add(("late", 2));
        world.Late["late"] = 1;
        world.ForgetProcess();
        world.IsRecorded = false;
        world.Settle();
        Assert.Null(world.Status.Retiring);

        world.ForgetProcess();
        world.DisplayName = "renamed";
        world.RotateRequest = "now";
        world.Settle();

        Assert.Contains(world.Status.Retiring!, client => client.ClientId == "late");
        Assert.Equal(3, world.Status.Current?.Serial);
    }

    [Fact]
    public void Decide_ListLagsBehindALostCreate_CreatesNoSecondClient()
    {
        var world = new World
        {
            SecretReadable = true,
            Finalizer = true,
            ListHides = 1,
        };
        world.Live.Add(("lost", 1));

        world.Settle();

        Assert.Equal([("lost", 1)], world.Live);
    }

    private static int Run(string scenario, bool secretReadable, int? killAt, bool takesEffect)
    {
        var world = new World { SecretReadable = secretReadable };
        if (scenario is not ("create" or "deleted while new"))
        {
            world.Settle();
        }

        switch (scenario)
        {
            case "secret deleted":
                world.Secret = null;
                break;
            case "secret edited":
                world.Secret = world.Secret! with { Version = world.Secret!.Version + 1, Works = false };
                break;
            case "rotated":
                world.RotateRequest = "now";
                break;
            case "secret labelled":
                world.Secret = world.Secret! with { Version = world.Secret!.Version + 1 };
                break;
            case "replacement with a stray":
                // A create that nobody remembers took effect before the one that is on record.
                world.Live.Insert(0, ("stray", 1));
                world.Secret = null;
                world.Status = world.Status with
                {
                    Pending = new PendingClient { Serial = 2, Since = Start },
                };
                break;
            case "renamed":
                world.DisplayName = "another";
                break;
            case "deleted":
                world.Deleted = true;
                break;
            default:
                break;
        }

        world.Steps.Clear();
        world.KillAt = killAt;
        world.TakesEffect = takesEffect;
        if (scenario == "deleted while new")
        {
            world.Settle(stopAtKill: true);
            world.Deleted = true;
        }

        world.Settle();
        if (!world.Deleted && world.Status.Retiring is not null)
        {
            // What may be in use has its overlap.
            Assert.Equal(2, world.Live.Count);
            Assert.Equal([world.Status.Current!.ClientId], world.Restarts.Distinct());
            world.Advance(TimeSpan.FromHours(25));
            world.Settle();
        }

        var at = $"{scenario}, readable {secretReadable}, killed at {killAt} ({takesEffect}): {string.Join(' ', world.Steps)}";
        if (world.Deleted)
        {
            Assert.True(world.Live.Count == 0 && !world.Finalizer, at);
        }
        else
        {
            Assert.True(world.Live.Count == 1, at);
            Assert.True(world.Secret is { Works: true } && world.Secret.ClientId == world.Live[0].Id, at);
            Assert.True(world.Status.Current?.ClientId == world.Live[0].Id && world.Status.Pending is null, at);
        }

        return world.Steps.Count;
    }

    /// <summary>A crash of the operator: what it only held in memory is gone.</summary>
    private sealed class KilledException : Exception;

    private sealed record StoredSecret(string ClientId, int Serial, int Version, bool Works);

    /// <summary>What the operator reads of it.</summary>
    private sealed class ModelSecret(SecretView view, StoredSecret? secret) : IStoredSecret
    {
        public SecretView View => view;

        public string? HandledRotation => null;

        public bool IsPairFromOthers => secret is { Works: false };

        public Pair? PairOf(ClientRecord? current) =>
            view is SecretView.Ours && secret is not null
                ? new Pair(
                    secret.ClientId,
                    secret.Serial,
                    secret.Works ? Right : new Sensitive("edited"),
                    Name: null,
                    CreatedAt: null,
                    PairOrigin.Secret
                )
                : null;

        public bool IsAsWanted(Pair pair, Endpoints endpoints) =>
            PairOf(null) is { } stored && stored.ClientSecret.Equals(pair.ClientSecret);
    }

    private sealed class World
    {
        private int _ids;
        private int _versions;
        private DateTimeOffset _now = Start;
        private DateTimeOffset? _firstMiss;
        private bool _sure;
        private Pair? _held;
        private ImmutableHashSet<string> _proven = [];
        private ImmutableDictionary<string, CartoError?> _asked = ImmutableDictionary<string, CartoError?>.Empty;
        private int _highest;

        public List<(string Id, int Serial)> Live { get; } = [];
        public List<string> Steps { get; } = [];
        public List<string> Restarts { get; } = [];
        public string? RotateRequest { get; set; }
        public StoredSecret? Secret { get; set; }
        public M2MOAuthClientStatus Status { get; set; } = new();
        public bool IsRecorded { get; set; }
        public bool HadClients { get; set; }
        public AccountView AccountView { get; set; } = new AccountView.Available(new AccountRecord { Name = "default" }, CanRename: true);
        public string DisplayName { get; set; } = "etl";
        public bool SecretReadable { get; init; }
        public bool Foreign { get; init; }
        public bool Finalizer { get; set; }
        public bool Deleted { get; set; }
        public string? Verified { get; set; }
        public int ListHides { get; set; }

        /// <summary>From how many lists a client is missing at first.</summary>
        public Dictionary<string, int> Late { get; } = new(StringComparer.Ordinal);

        public int? KillAt { get; set; }
        public bool TakesEffect { get; set; }

        public void Advance(TimeSpan by) => _now += by;

        /// <summary>What the operator only holds in memory is gone.</summary>
        public void ForgetProcess() =>
            (_firstMiss, _sure, _held, _proven, _asked, _highest) = (
                null,
                false,
                null,
                [],
                ImmutableDictionary<string, CartoError?>.Empty,
                0
            );

        /// <summary>Reconciles until nothing is left to do, restarting after a kill and letting time pass while the plan waits.</summary>
        public Step Settle(bool stopAtKill = false)
        {
            for (var round = 0; round < 20; round++)
            {
                try
                {
                    var end = Reconcile();
                    if (end is Step.AwaitList)
                    {
                        continue;
                    }

                    if (end is Step.Done && Status.Retiring?.Any(retiring => retiring.RevokeAfter <= _now) == true)
                    {
                        // On record now, and reconciled again at once.
                        continue;
                    }

                    if (end is not Step.Wait { Reason: Reasons.ConfirmingCreate, After: { } after })
                    {
                        return end;
                    }

                    _now += after;
                }
                catch (KilledException)
                {
                    ForgetProcess();
                    if (stopAtKill)
                    {
                        break;
                    }
                }
            }

            return stopAtKill ? new Step.Done() : throw new InvalidOperationException("does not settle: " + string.Join(' ', Steps));
        }

        private Step Reconcile()
        {
            var seen = new Observation
            {
                Status = Status,
                Record = IsRecorded || _sure ? RecordSource.Status : RecordSource.None,
                HadClients = HadClients,
                Proven = _proven,
                Revoking = _asked,
                ReadyLists = _asked.IsEmpty ? new HashSet<AccountKey>() : [Home],
                HighestSerialSeen = _highest,
                Name = Name,
                Account = AccountView with { Key = Home, Endpoints = HomeEndpoints },
                Secret = new SecretView.Absent(),
                Fingerprint = "f",
                FirstMiss = _firstMiss,
                NoCreateOutstanding = _sure,
                Recorded = IsRecorded ? Status : null,
                CreatedPair = _held,
                Pair = _held,
                MustVerify = true,
                VerifiedClients = Verified is { } verified ? [verified] : [],
            };
            seen = seen.WithSecret(View(), _now);
            for (var count = 0; count < 40; count++)
            {
                var step = Plan.Decide(Resource(), seen, _now);
                if (step is Step.End)
                {
                    Status = seen.Status;
                    IsRecorded = seen.IsRecorded;
                    Verified = seen.Verified ? seen.Status.Current!.ClientId : null;
                    return step;
                }

                var kill = Steps.Count == KillAt;
                Steps.Add(step.GetType().Name);
                if (!kill || TakesEffect)
                {
                    seen = Execute(step, seen);
                }

                if (kill)
                {
                    KillAt = null;
                    throw new KilledException();
                }
            }

            throw new InvalidOperationException("spins: " + string.Join(' ', Steps));
        }

        private Observation Execute(Step step, Observation seen)
        {
            seen = Do(step, seen);
            // As ClientMemory does.
            _sure &= seen.CreatedPair is not null || _held is null;
            _held = seen.CreatedPair;
            return seen;
        }

        private Observation Do(Step step, Observation seen)
        {
            switch (step)
            {
                case Step.AddFinalizer:
                    Finalizer = true;
                    _sure = true;
                    return seen.WithFinalizer(isNew: true);
                case Step.ReadSecret:
                    return seen.WithStored(Stored(), _now);
                case Step.FindByMark:
                    seen = seen.WithList(Home, List(), adoptionRefusal: null, _now);
                    (_firstMiss, _asked, _highest, _proven) = (
                        seen.FirstMiss,
                        seen.Revoking,
                        seen.HighestSerialSeen,
                        _proven.Union(seen.Proven)
                    );
                    return seen;
                case Step.RebuildRecord:
                    return seen.WithRecordFromLists(Home, _now);
                case Step.Retire(var client):
                    return seen.WithRetiring(client, _now);
                case Step.Forget(var client, _):
                    return seen.Forgotten(client);
                case Step.ReadBack(var client):
                    return Live.Exists(live => live.Id == client) && SecretReadable
                        ? seen.WithSecretReadBack(new OAuthClient(client, NameOf(Live.Find(live => live.Id == client)), Right, null), Right)
                        : seen.WithoutSecretReadBack(client, exists: Live.Exists(live => live.Id == client), refusal: null);
                case Step.RecordPending pending:
                    seen = seen.WithIntent(pending, Uid, _now);
                    Status = seen.Status;
                    _sure = true;
                    return seen;
                case Step.Create(var serial):
                    var id = $"c{++_ids}";
                    Live.Add((id, serial));
                    _sure = false;
                    _proven = _proven.Add(id);
                    return seen.WithCreated(new OAuthClient(id, Name.For(serial), Right, null), serial, RotateRequest, _now);
                case Step.WriteSecret:
                    Secret = new StoredSecret(seen.Pair!.ClientId, seen.Pair.Serial, ++_versions * 100, Works: true);
                    return seen.WithWritten(Stored()!, mutation: null, _now);
                case Step.Verify:
                    return seen.Pair!.ClientSecret.Equals(Right) ? seen.WithToken() : seen.WithoutToken("refused");
                case Step.VerifyUnlisted:
                    var unlisted = seen.UnlistedPair!;
                    var works = Secret!.Works && Live.Any(client => client.Id == unlisted.ClientId);
                    return seen with { UnlistedPair = unlisted with { Works = works } };
                case Step.RestartWorkloads(var client):
                    Restarts.Add(client);
                    return seen.WithRestarts(client, progress: null, problem: null);
                case Step.Rename(_, var serial):
                    return seen.Renamed(Name.For(serial));
                case Step.Revoke(var client):
                    Assert.NotEqual(Deleted ? "" : Secret?.ClientId, client);
                    Live.RemoveAll(live => live.Id == client);
                    seen = seen.WithRevoking(client, refusal: null);
                    _asked = seen.Revoking;
                    return seen;
                case Step.RemoveFinalizer:
                    Finalizer = false;
                    return seen;
                default:
                    throw new InvalidOperationException($"unexpected {step}");
            }
        }

        private ClientList List()
        {
            List<OAuthClient> listed =
                ListHides-- > 0
                    ? []
                    :
                    [
                        .. Live.FindAll(client => !IsLate(client.Id))
                            .Select(client => new OAuthClient(client.Id, NameOf(client), null, null)),
                    ];
            return new ClientList(new OAuthClientList(listed, Gap), "0a1b2c", _now);
        }

        private bool IsLate(string id) => Late.TryGetValue(id, out var lists) && (Late[id] = lists - 1) >= 0;

        private ModelSecret? Stored() => Foreign || Secret is not null ? new ModelSecret(View(), Secret) : null;

        private SecretView View() =>
            Foreign ? new SecretView.Foreign("somebody")
            : Secret is { } secret ? new SecretView.Ours(secret.ClientId, secret.Serial, "f", $"{secret.Version}")
            : new SecretView.Absent();

        private ClientName Name => new("0a1b2c", Uid, DisplayName, 255);

        /// <summary>Clients whose name in CARTO bears another resource's mark, or none.</summary>
        public Dictionary<string, string> OtherNames { get; } = [];

        /// <summary>What of CARTO's list cannot be read.</summary>
        public string? Gap { get; set; }

        private string NameOf((string Id, int Serial) client) => OtherNames.GetValueOrDefault(client.Id, Name.For(client.Serial));

        private M2MOAuthClient Resource() =>
            new()
            {
                Metadata = new V1ObjectMeta
                {
                    Name = "etl",
                    Finalizers = Finalizer ? [WireNames.Finalizer] : null,
                    DeletionTimestamp = Deleted ? Start.UtcDateTime : null,
                    Uid = Uid,
                    Annotations = RotateRequest is { } request
                        ? new Dictionary<string, string> { [WireNames.Annotations.RotateRequestedAt] = request }
                        : null,
                },
                Status = Status,
                Spec = new M2MOAuthClientSpec
                {
                    DisplayName = DisplayName,
                    Verify = true,
                    RolloutRestart = [new WorkloadReference { Kind = WorkloadKind.Deployment, Name = "web" }],
                },
            };
    }
}
