using k8s.Models;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Drift;
using Operator.Runtime;

namespace Operator.Tests.Drift;

public sealed class DriftCheckTests
{
    private const string Cluster = "0a1b2c";
    private static readonly AccountKey Account = new(AccountKind.ClusterCartoAccount, null, "default");
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(3, 3, false)]
    [InlineData(4, 20, false)]
    [InlineData(4, 19, true)]
    [InlineData(2000, 10_000, false)]
    [InlineData(2001, 10_000, true)]
    public void Compare_SoManyMissing_IsSuspectedOrNot(int missing, int managed, bool suspected)
    {
        M2MOAuthClient[] resources = [.. Enumerable.Range(0, managed).Select(index => Resource(index))];

        var outcome = Compare(resources, resources, [.. resources.Skip(missing).Select(Listed)]);

        Assert.Equal((managed, missing, suspected), (outcome.Managed, outcome.Missing.Count, outcome.Suspected));
        Assert.All(outcome.Findings.Values, finding => Assert.Equal(suspected ? Absence.Suspected : Absence.Unconfirmed, finding.Absence));
        Assert.Equal(missing, outcome.Findings.Count);
    }

    [Fact]
    public void Compare_Accepted_IsNotSuspectedButStillMany()
    {
        M2MOAuthClient[] resources = [.. Enumerable.Range(0, 5).Select(index => Resource(index))];

        var outcome = Compare(resources, resources, [], accepted: true);

        Assert.Equal((true, false), (outcome.Many, outcome.Suspected));
        Assert.All(outcome.Findings.Values, finding => Assert.Equal(Absence.Accepted, finding.Absence));
    }

    [Fact]
    public void Compare_NoLongerOnRecord_IsNotMissing()
    {
        var before = Resource(1);
        var rotated = before with
        {
            Status = before.Status! with
            {
                Current = new ClientRecord { ClientId = "other", Serial = 2 },
            },
        };

        Assert.Empty(Compare([before], [rotated], [Listed(rotated)]).Missing);
        Assert.Empty(Compare([before], [], []).Missing);
        Assert.Empty(Compare([before], [Deleted(before)], []).Missing);
    }

    [Fact]
    public void Compare_CreatedAMomentAgo_IsNotMissing()
    {
        var young = Resource(1, Now - ClientListing.Lag + TimeSpan.FromSeconds(1));
        var old = Resource(2, Now - ClientListing.Lag - TimeSpan.FromSeconds(1));

        Assert.Equal([old], Compare([young, old], [young, old], []).Missing);
    }

    [Fact]
    public void Compare_CreateUnderWay_ItsClientIsLeftToIt()
    {
        var resource = Resource(1);
        var creating = resource with { Status = resource.Status! with { Pending = new PendingClient { Serial = 2 } } };
        var fresh = new OAuthClient("new", Mark.For(Cluster, resource.Metadata.Uid, 2).NameFor("n", 255), null, null);

        Assert.Empty(Compare([creating], [creating], [Listed(resource), fresh]).Findings);
        Assert.True(Compare([resource], [resource], [Listed(resource), fresh]).Findings.Values.Single().HasStrays);
    }

    [Fact]
    public void Compare_ListHasAGap_WhatItShowsCountsAndNothingIsMissing()
    {
        M2MOAuthClient[] resources = [.. Enumerable.Range(0, 10).Select(index => Resource(index))];
        var renamed = Listed(resources[0]) with { Name = "mine" };
        var stray = new OAuthClient("new", Mark.For(Cluster, resources[1].Metadata.Uid, 2).NameFor("n", 255), null, null);
        var unowned = new OAuthClient("old", Mark.For(Cluster, "gone", 2).NameFor("n", 255), null, null);

        var outcome = Compare(resources, resources, [renamed, Listed(resources[1]), stray, unowned], gap: "an entry has no ID");

        Assert.Equal(("an entry has no ID", false, 1), (outcome.Gap, outcome.Suspected, outcome.Unowned));
        Assert.Empty(outcome.Missing);
        Assert.Equal(
            [("r0", "mine", false), ("r1", null, true)],
            outcome.Findings.Select(found => (found.Key.Name, found.Value.ListedName, found.Value.HasStrays)).Order()
        );
        Assert.All(outcome.Findings.Values, finding => Assert.Null(finding.Absence));
    }

    [Fact]
    public void Compare_ListHasAGapAfterManyWereMissing_OnlyThoseThatItShowsAreNoLongerMissing()
    {
        M2MOAuthClient[] resources = [.. Enumerable.Range(0, 5).Select(index => Resource(index))];
        var earlier = Compare(resources, resources, []).Findings;

        var outcome = Compare(resources, resources, [Listed(resources[0])], gap: "an entry has no ID", accepted: true, earlier: one =>
            earlier[ObjectKey.Of(one)]
        );

        Assert.True(outcome.Suspected);
        Assert.Equal(["r1", "r2", "r3", "r4"], outcome.Findings.Keys.Select(key => key.Name).Order());
        Assert.All(outcome.Findings.Values, finding => Assert.Equal(Absence.Suspected, finding.Absence));
    }

    [Fact]
    public void Compare_TheAccountsOwnLogin_IsNobodysDifference()
    {
        var resource = Resource(1);
        var asStray = new OAuthClient("login", Mark.For(Cluster, resource.Metadata.Uid, 7).NameFor("n", 255), null, null);
        var asUnowned = asStray with { Name = Mark.For(Cluster, "gone", 1).NameFor("n", 255) };
        var asCurrent = Listed(resource) with { Name = "the operator's login" };

        Assert.Empty(Compare([resource], [resource], [Listed(resource), asStray], login: "login").Findings);
        Assert.Equal(0, Compare([resource], [resource], [Listed(resource), asUnowned], login: "login").Unowned);
        Assert.Empty(Compare([resource], [resource], [asCurrent], login: asCurrent.Id).Findings);
    }

    [Theory]
    [InlineData("a  b", "a b")]
    [InlineData("R&D \"x\"", "R&amp;D &quot;x&quot;")]
    [InlineData("it's", "it&#39;s")]
    public void Compare_NameStoredInAnotherForm_IsTheSame(string given, string stored)
    {
        var resource = Resource(1);
        var mark = Mark.For(Cluster, resource.Metadata.Uid, 1);
        resource = resource with { Status = resource.Status! with { DisplayName = mark.NameFor(given, 255) } };

        Assert.Empty(Compare([resource], [resource], [Listed(resource) with { Name = mark.NameFor(stored, 255) }]).Findings);
        Assert.Single(Compare([resource], [resource], [Listed(resource) with { Name = mark.NameFor($"{stored}!", 255) }]).Findings);
    }

    [Fact]
    public void WithoutStubbornNames_NameThatComesBackAfterARename_IsLeftAlone()
    {
        var findings = new DriftFindings();
        var resource = Resource(1);
        var mark = Mark.For(Cluster, resource.Metadata.Uid, 1);
        resource = resource with { Status = resource.Status! with { DisplayName = mark.NameFor("Name", 255) } };
        var stored = Listed(resource) with { Name = mark.NameFor("name", 255) };

        Rename(Found(stored));
        Assert.Empty(Found(stored));

        // Another name, and one without the mark, are somebody's work; after the right name so is the old one.
        Assert.Single(Found(stored with { Name = mark.NameFor("other", 255) }));
        Rename(Found(stored with { Name = "Name" }));
        Assert.Single(Found(stored with { Name = "Name" }));
        Rename(Found(stored));
        Assert.Empty(Found(stored));
        Assert.Empty(Found(Listed(resource)));
        Assert.Single(Found(stored));

        IReadOnlyDictionary<ObjectKey, DriftFinding> Found(OAuthClient client) =>
            findings.WithoutStubbornNames([resource], Compare([resource], [resource], [client])).Findings;

        void Rename(IReadOnlyDictionary<ObjectKey, DriftFinding> found) =>
            findings.Settle(ObjectKey.Of(resource), Assert.Single(found).Value);
    }

    private static DriftOutcome Compare(
        IReadOnlyList<M2MOAuthClient> before,
        IReadOnlyList<M2MOAuthClient> now,
        OAuthClient[] listed,
        bool accepted = false,
        string? login = null,
        string? gap = null,
        Func<M2MOAuthClient, DriftFinding?>? earlier = null
    ) =>
        DriftCheck.Compare(
            Account,
            before,
            new ClientRecords(() => now, _ => now, key => now.FirstOrDefault(one => ObjectKey.Of(one) == key)),
            new ClientList(new OAuthClientList(listed, gap), Cluster, Now),
            accepted,
            login,
            earlier ?? (static _ => null),
            Now
        );

    private static OAuthClient Listed(M2MOAuthClient resource) =>
        new(resource.Status!.Current!.ClientId, resource.Status.DisplayName, null, null);

    private static M2MOAuthClient Deleted(M2MOAuthClient resource)
    {
        var copy = Resource(1);
        copy.Metadata.DeletionTimestamp = Now.UtcDateTime;
        return copy with { Status = resource.Status };
    }

    private static M2MOAuthClient Resource(int index, DateTimeOffset? createdAt = null) =>
        new()
        {
            Metadata = new V1ObjectMeta
            {
                NamespaceProperty = "team",
                Name = $"r{index}",
                Uid = $"uid-{index}",
            },
            Status = new M2MOAuthClientStatus
            {
                ResourceUid = $"uid-{index}",
                Current = new ClientRecord
                {
                    ClientId = $"id-{index}",
                    Serial = 1,
                    CreatedAt = createdAt,
                },
                DisplayName = Mark.For(Cluster, $"uid-{index}", 1).NameFor("n", 255),
            },
        };
}
