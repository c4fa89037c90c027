using Carto.Emulator;
using Operator.Access;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Drift;

/// <summary>Somebody changes clients in CARTO behind the operator's back.</summary>
public sealed class DriftTests(KubernetesServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OneOfTenDeleted_IsReplacedAndTheOthersAreNotTouched(bool readable)
    {
        await using var world = await DriftWorld.CreateAsync(server, new EmulatorVariants { SecretInGet = readable });
        var names = await world.SettleAsync(10);
        var lost = (await world.GetAsync("c3"))!.Status!.Current!.ClientId;
        string?[] before = await VersionsAsync(world, names);

        world.Carto.DeleteClient(lost);
        await world.CompareAsync("1");
        await world.ReplacedAsync("c3", lost);

        await world.AssertWorksAsync("c3");
        string?[] after = await VersionsAsync(world, names);
        Assert.Equal(["c3"], names.Where((_, index) => before[index] != after[index]));
        Assert.Equal(10, world.Live.Count);
        await world.AccountSaysAsync(ConditionTypes.Synced, Reasons.DriftChecked);
        Assert.Contains(Reasons.ClientMissing, await EventsAsync(world, "c3"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswersOfManyCreatesAreLost_FewListsTellOfAllOfThem()
    {
        const int Count = 24;
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);

        // A list that is quick is over before the next answer is lost, and then there is nothing to share.
        world.Carto.Faults.Add(Fault.Latency(Operation.List, TimeSpan.FromSeconds(1), count: null));
        var lists = world.Carto.Calls.Count(Operation.List);
        world.Carto.Faults.Add(Fault.CutAfter(Operation.Create, Count));
        string[] names = [.. Enumerable.Range(1, Count).Select(index => $"c{index}")];

        await world.ApplyClientsAsync("our", names);
        foreach (var name in names)
        {
            await world.SyncedAsync(name);
        }

        Assert.Equal(Count + 1, world.Live.Count);
        Assert.InRange(world.Carto.Calls.Count(Operation.List) - lists, 1, Count / 3);
    }

    [Fact]
    public async Task Interval_HasPassed_TheyAreComparedWithoutBeingAsked()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        var lost = Assert.Single(world.Live).Id;
        world.Carto.DeleteClient(lost);
        await world.AnnotateAsync("nothing", "1");

        world.Time.Advance(TimeSpan.FromHours(2));
        await world.AnnotateAsync("nothing", "2");
        await world.ReplacedAsync("c0", lost);

        await world.AssertWorksAsync("c0");
    }

    [Fact]
    public async Task FiveOfTenDeleted_NothingIsCreatedUntilAPersonAcceptsIt()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        var names = await world.SettleAsync(10);
        foreach (
            var client in world.Live.Where(client => names[..5].Any(name => client.Name.StartsWith(name + " ", StringComparison.Ordinal)))
        )
        {
            world.Carto.DeleteClient(client.Id);
        }

        world.Carto.Calls.Reset();
        await world.CompareAsync("1");

        var condition = await world.AccountSaysAsync(ConditionTypes.Synced, Reasons.MassDriftSuspected);
        Assert.Contains("5 of the 10", condition.Message, StringComparison.Ordinal);
        Assert.Contains(WireNames.Annotations.AcceptDrift, condition.Message, StringComparison.Ordinal);
        foreach (var name in names[..5])
        {
            await world.SaysAsync(name, ConditionTypes.Synced, "False", Reasons.MassDriftSuspected);
            await world.SaysAsync(name, ConditionTypes.Stalled, "True", Reasons.MassDriftSuspected);
        }

        foreach (var name in names[5..])
        {
            await world.SyncedAsync(name);
        }

        Assert.Equal((0, 5), (world.Carto.Calls.Count(Operation.Create), world.Live.Count));

        await world.AnnotateAsync("accept-drift", "yes");
        foreach (var name in names)
        {
            await world.AssertWorksAsync(name);
        }

        Assert.Equal(10, world.Live.Count);
        world.Time.Advance(TimeSpan.FromMinutes(2));
        await world.CompareAsync("2");
        await world.AccountAsync(account => account!.Status!.LastHandledAcceptDrift == "yes", "the acceptance is used up");
        await world.AccountSaysAsync(ConditionTypes.Synced, Reasons.DriftChecked);
    }

    [Fact]
    public async Task Renamed_IsRenamedBack()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(2);
        var client = world.Live[0];

        world.Carto.RenameClient(client.Id, "mine");
        await world.CompareAsync("1");

        await Eventually.TrueAsync(
            () => world.Live.Any(now => now.Id == client.Id && now.Name == client.Name),
            "the name is as before",
            Cancel
        );
        Assert.Equal(2, world.Live.Count);
        await world.BecomesAsync(
            "c0",
            resource => resource!.Status!.DisplayName == client.Name || client.Name.StartsWith("c1", StringComparison.Ordinal),
            "it is on record"
        );
    }

    [Fact]
    public async Task EmptyList_CausesNoCreation()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(2);
        world.Carto.Calls.Reset();
        world.Carto.Faults.Add(Fault.EmptyList(count: null, except: world.User.ClientId));

        await world.CompareAsync("1");
        await world.SaysAsync("c0", ConditionTypes.Synced, "False", Reasons.ClientNotListed);
        await world.SaysAsync("c1", ConditionTypes.Synced, "False", Reasons.ClientNotListed);

        Assert.Equal((0, 2), (world.Carto.Calls.Count(Operation.Create), world.Live.Count));
    }

    [Fact]
    public async Task EmptyList_WhereListsAreAllThereIs_CausesNoCreationAsLongAsThePairWorks()
    {
        await using var world = await DriftWorld.CreateAsync(server, new EmulatorVariants { Methods = new MethodNames { Get = null } });
        await world.SettleAsync(2);
        world.Carto.Calls.Reset();
        world.Carto.Faults.Add(Fault.EmptyList(count: null, except: world.User.ClientId));

        await world.CompareAsync("1");
        await world.SaysAsync("c0", ConditionTypes.Synced, "False", Reasons.ClientNotListed);
        await world.SaysAsync("c1", ConditionTypes.Synced, "False", Reasons.ClientNotListed);

        Assert.Equal((0, 2), (world.Carto.Calls.Count(Operation.Create), world.Live.Count));
        world.Carto.Faults.Clear();
        await world.CompareAsync("2");
        await world.AssertWorksAsync("c0");
        await world.AssertWorksAsync("c1");
        Assert.Equal(0, world.Carto.Calls.Count(Operation.Create));
    }

    [Fact]
    public async Task Strays_OfAKnownResource_RetireAndOthersAreLeftAlone()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        var uid = (await world.GetAsync("c0"))!.Metadata.Uid;
        var stray = world.Carto.CreateClient(world.User, Mark.For(DriftWorld.Cluster, uid, 7).NameFor("c0", 255));
        var unowned = world.Carto.CreateClient(world.User, Mark.For(DriftWorld.Cluster, "nobody", 1).NameFor("c0", 255));
        var foreign = world.Carto.CreateClient(world.User, "somebody's");
        var elsewhere = world.Carto.CreateClient(world.User, Mark.For("ffffff", uid, 1).NameFor("c0", 255));

        await world.CompareAsync("1");

        // Nothing tells a create of which nobody knows from a client in use whose record was lost.
        await world.BecomesAsync(
            "c0",
            resource => resource!.Status!.Retiring is [var one] && one.ClientId == stray.Id,
            "the stray retires"
        );
        Assert.Contains(world.Live, client => client.Id == stray.Id);
        world.Time.Advance(TimeSpan.FromHours(25));
        await world.AnnotateAsync("reconcile-requested-at", "1", "m2m/c0");
        await Eventually.TrueAsync(() => world.Live.All(client => client.Id != stray.Id), "the stray is gone", Cancel);
        await world.AssertWorksAsync("c0");
        Assert.Superset(new HashSet<string>([unowned.Id, foreign.Id, elsewhere.Id]), world.Live.Select(client => client.Id).ToHashSet());
        Assert.Equal(4, world.Live.Count);
        Assert.Contains(
            "1 further clients bear this cluster's mark",
            (await world.AccountSaysAsync(ConditionTypes.Synced, Reasons.DriftChecked)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Owner_IsAnother_NothingHappensUntilAPersonAcceptsIt()
    {
        await using var world = await DriftWorld.CreateAsync(server, new EmulatorVariants { M2MTokenSubject = M2MTokenSubject.Owner });
        await world.SettleAsync(1);
        var owner = (await world.AccountAsync(account => account?.Status?.Owner is not null, "the owner"))!.Status!.Owner!;
        var bea = world.Carto.AddUser("bea");
        var before = (await world.GetAsync("c0"))!.Status!.Current!.ClientId;

        await world.ApplyLoginAsync(bea.ClientId, bea.ClientSecret);
        var ready = await world.AccountSaysAsync(ConditionTypes.Ready, Reasons.AccountOwnerChanged);
        Assert.Equal("False", ready.Status);
        Assert.Contains(owner.UserId!, ready.Message, StringComparison.Ordinal);
        Assert.Contains(bea.UserId, ready.Message, StringComparison.Ordinal);
        await world.ApplyClientsAsync("our", "late");
        await world.SaysAsync("late", ConditionTypes.Ready, "False", Reasons.AccountNotReady);
        Assert.Empty(world.Carto.Clients(bea));
        Assert.Equal(owner, (await world.AccountAsync(_ => true, "the account"))!.Status!.Owner);

        await world.AnnotateAsync("accept-owner", bea.UserId);
        await world.SyncedAsync("late");
        Assert.Equal(
            bea.UserId,
            (await world.AccountAsync(account => account!.Status!.Owner != owner, "the new owner"))!.Status!.Owner!.UserId
        );

        // It still works, and the new owner cannot see it: only a person can tell what is to become of it.
        await world.SaysAsync("c0", ConditionTypes.Synced, "False", Reasons.ClientNotListed);
        await world.AnnotateAsync("accept-drift", "1");
        await world.ReplacedAsync("c0", before);
        await world.SyncedAsync("c0");
        Assert.Equal(2, world.Carto.Clients(bea).Count);
    }

    [Fact]
    public async Task Restart_AddsNoWriteAndNoListBeforeTheInterval()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(3);
        await world.CompareAsync("1");
        await world.AccountAsync(account => account!.Status!.ManagedClients == 3, "the account has counted them");
        await world.KillAsync();
        world.Carto.Calls.Reset();

        await world.StartAsync();
        await Eventually.TrueAsync(() => world.Carto.Calls.Count(Operation.ToolsList) == 1, "the account is connected", Cancel);
        await world.ApplyClientsAsync("our", "late");
        await world.SyncedAsync("late");

        // Connecting lists once, to see the account's own client.
        Assert.Equal(1, world.Carto.Calls.Count(Operation.List));
        Assert.Equal(["PATCH m2moauthclients", "POST secrets", "PATCH m2moauthclients/status"], world.Calls.Writes);
    }

    [Fact]
    public async Task ListCannotBeRead_AccountReportsWhyUntilItCan_WithoutAWriteMeanwhile()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(2);
        await world.CompareAsync("1");
        var lost = world.Live[0].Id;
        world.Carto.DeleteClient(lost);
        world.Carto.Faults.Add(Fault.MalformedText(Operation.List, count: null));

        await world.AnnotateAsync("reconcile-requested-at", "2");
        var said = await world.AccountSaysAsync(ConditionTypes.Synced, Reasons.ComparisonFailed);
        Assert.Equal("Unknown", said.Status);
        Assert.Contains("The answer to list", said.Message, StringComparison.Ordinal);
        Assert.Contains("operator check", said.Message, StringComparison.Ordinal);
        var account = (await world.AccountAsync(_ => true, "the account"))!;
        Assert.Equal("1", account.Status!.LastHandledReconcileAt);
        Assert.Equal("True", ConditionSet.Find(account.Status.Conditions, ConditionTypes.Ready)!.Status);

        // It goes on trying, and has nothing new to say.
        var lists = world.Carto.Calls.Count(Operation.List);
        await Eventually.TrueAsync(() => world.Carto.Calls.Count(Operation.List) >= lists + 2, "two more attempts", Cancel);
        Assert.Equal(account.Metadata.ResourceVersion, (await world.AccountAsync(_ => true, "the account"))!.Metadata.ResourceVersion);

        world.Carto.Faults.Clear();
        await world.AccountAsync(now => now!.Status!.LastHandledReconcileAt == "2", "the comparison");
        await world.AccountSaysAsync(ConditionTypes.Synced, Reasons.DriftChecked);
        await Eventually.TrueAsync(
            () => world.Live.Count == 2 && world.Live.All(client => client.Id != lost),
            "the lost client is replaced",
            Cancel
        );
        await Eventually.GetAsync(
            _ =>
                world.KubectlAsync(
                    "get",
                    "events",
                    "--field-selector",
                    "involvedObject.name=our",
                    "-o",
                    "jsonpath={range .items[*]}{.type} {.reason};{end}"
                ),
            events =>
                events.Contains($"Warning {Reasons.ComparisonFailed};", StringComparison.Ordinal)
                && events.Contains($"Normal {Reasons.DriftChecked};", StringComparison.Ordinal),
            "an event for either turn",
            Cancel
        );
    }

    [Fact]
    public async Task ManyMissing_ARestartForgetsNothing()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        var names = await world.SettleAsync(10);
        foreach (var client in world.Live.Take(5))
        {
            world.Carto.DeleteClient(client.Id);
        }

        await world.CompareAsync("1");
        await world.AccountSaysAsync(ConditionTypes.Synced, Reasons.MassDriftSuspected);
        var left = world.Live.Select(client => client.Id).ToHashSet();
        foreach (var name in names)
        {
            var resource = (await world.GetAsync(name))!;
            await world.SaysAsync(name, ConditionTypes.Synced, left.Contains(resource.Status!.Current!.ClientId) ? "True" : "False");
        }

        // Until CARTO can be asked again, and when its list cannot be read then, what is on record holds.
        await world.KillAsync();
        world.Carto.Faults.Add(Fault.MalformedText(Operation.List, count: null));
        var before = await VersionsAsync(world, names);
        await world.StartAsync();
        Assert.Contains(
            Reasons.MassDriftSuspected,
            (await world.AccountSaysAsync(ConditionTypes.Synced, Reasons.ComparisonFailed)).Message,
            StringComparison.Ordinal
        );
        await world.KillAsync();
        await world.StartAsync();
        world.Carto.Faults.Clear();
        await world.AccountSaysAsync(ConditionTypes.Synced, Reasons.MassDriftSuspected);
        await world.QuietAsync();
        Assert.Equal(before, await VersionsAsync(world, names));

        await world.AnnotateAsync("accept-drift", "yes");
        foreach (var name in names)
        {
            await world.AssertWorksAsync(name);
        }

        Assert.Equal(10, world.Live.Count);
    }

    [Fact]
    public async Task ListWithAnOddEntry_TakesNothingForMissingAndReportsIt_UntilItIsWhole()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(2);
        await world.CompareAsync("1");
        var lost = world.Live[0].Id;
        world.Carto.DeleteClient(lost);
        world.Carto.Faults.Add(Fault.OddEntry(count: null));
        world.Carto.Calls.Reset();

        await world.AnnotateAsync("reconcile-requested-at", "2");
        var said = await world.AccountSaysAsync(ConditionTypes.Synced, Reasons.ComparisonIncomplete);
        Assert.Equal("Unknown", said.Status);
        await world.QuietAsync();
        Assert.Equal((0, 1), (world.Carto.Calls.Count(Operation.Create), world.Live.Count));

        world.Carto.Faults.Clear();
        await world.AccountSaysAsync(ConditionTypes.Synced, Reasons.DriftChecked);
        await Eventually.TrueAsync(() => world.Live.Count == 2, "the lost client is replaced", Cancel);
    }

    [Fact]
    public async Task TenOfTwentyFiveDeleted_NoneOfThemIsReady_AlsoAfterARestart()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        var names = await world.SettleAsync(25);
        var gone = new List<string>();
        foreach (var name in names[..10])
        {
            gone.Add((await world.GetAsync(name))!.Status!.Current!.ClientId);
            world.Carto.DeleteClient(gone[^1]);
        }

        await world.CompareAsync("1");
        await world.AccountSaysAsync(ConditionTypes.Synced, Reasons.MassDriftSuspected);
        await AssertLostAsync();

        await world.KillAsync();
        var before = await VersionsAsync(world, names);
        await world.StartAsync();
        await Eventually.TrueAsync(() => world.Carto.Calls.Count(Operation.List) > 0, "the comparison after the start", Cancel);
        await world.QuietAsync();
        Assert.Equal(before, await VersionsAsync(world, names));
        await AssertLostAsync();

        async Task AssertLostAsync()
        {
            foreach (var name in names[..10])
            {
                await world.SaysAsync(name, ConditionTypes.Synced, "False", Reasons.MassDriftSuspected);
                var conditions = (await world.GetAsync(name))!.Status!.Conditions;
                Assert.NotEqual("True", ConditionSet.Find(conditions, ConditionTypes.Ready)!.Status);
                Assert.NotEqual("True", ConditionSet.Find(conditions, ConditionTypes.CredentialsVerified)!.Status);
            }

            foreach (var name in names[10..])
            {
                await world.SyncedAsync(name);
            }
        }
    }

    private static async Task<string?[]> VersionsAsync(DriftWorld world, IEnumerable<string> names)
    {
        var versions = new List<string?>();
        foreach (var name in names)
        {
            versions.Add(
                $"{(await world.GetAsync(name))!.Metadata.ResourceVersion} {(await world.SecretAsync(name))!.Metadata.ResourceVersion}"
            );
        }

        return [.. versions];
    }

    private static async Task<string> EventsAsync(DriftWorld world, string name)
    {
        return await Eventually.GetAsync(
            _ =>
                world.KubectlAsync("get", "events", "--field-selector", $"involvedObject.name={name}", "-o", "jsonpath={.items[*].reason}"),
            text => text.Contains(Reasons.ClientMissing, StringComparison.Ordinal),
            "the event",
            Cancel
        );
    }
}
