using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace Operator.Runtime.Tests;

public sealed class LeaseSightingTests
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(15);

    private readonly FakeTimeProvider _time = new();
    private readonly LeaseSighting _sighting;
    private int _version;

    public LeaseSightingTests() => _sighting = new LeaseSighting("me", Usual, _time);

    [Fact]
    public void NoLease_IsFree()
    {
        _sighting.See(null);

        Assert.Equal(TimeSpan.Zero, _sighting.FreeIn());
    }

    [Theory]
    [InlineData("", 15)]
    [InlineData(null, 15)]
    [InlineData("me", 15)]
    public void Lease_OfNobodyOrOurs_IsFree(string? holder, int seconds)
    {
        _sighting.See(Lease(holder, seconds));

        Assert.Equal(TimeSpan.Zero, _sighting.FreeIn());
    }

    [Theory]
    [InlineData(-1000)]
    [InlineData(1000)]
    public void Lease_OfAnother_LivesAsLongAsItSaysAfterItWasSeen_WhateverItsTimes(int renewedSecondsAgo)
    {
        var lease = Lease("other", 7);
        lease.Spec.RenewTime = _time.GetUtcNow().UtcDateTime.AddSeconds(-renewedSecondsAgo);
        Assert.True(_sighting.See(lease));

        Assert.Equal(TimeSpan.FromSeconds(7), _sighting.FreeIn());
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.False(_sighting.See(lease));
        Assert.Equal(TimeSpan.FromSeconds(1), _sighting.FreeIn());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, _sighting.FreeIn());
    }

    [Fact]
    public void Lease_Renewed_LivesAnew()
    {
        _sighting.See(Lease("other", 7));
        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.False(_sighting.See(Lease("other", 7)));

        Assert.Equal(TimeSpan.FromSeconds(7), _sighting.FreeIn());
    }

    [Fact]
    public void Lease_WithoutADuration_LivesAsLongAsUsual()
    {
        _sighting.See(Lease("other", null));

        Assert.Equal(Usual, _sighting.FreeIn());
    }

    [Fact]
    public void Lease_GivenBack_IsFreeAtOnce()
    {
        _sighting.See(Lease("other", 7));

        Assert.True(_sighting.See(Lease("", 1)));

        Assert.Null(_sighting.Holder);
        Assert.Equal(TimeSpan.Zero, _sighting.FreeIn());
    }

    [Fact]
    public void Lease_Deleted_LivesOnAsItWasSeen()
    {
        _sighting.See(Lease("other", 7));
        _time.Advance(TimeSpan.FromSeconds(2));

        _sighting.See(null);

        Assert.Equal(TimeSpan.FromSeconds(5), _sighting.FreeIn());
    }

    private V1Lease Lease(string? holder, int? seconds) =>
        new()
        {
            Metadata = new V1ObjectMeta { ResourceVersion = $"{++_version}" },
            Spec = new V1LeaseSpec { HolderIdentity = holder, LeaseDurationSeconds = seconds },
        };
}
