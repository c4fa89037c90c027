using Operator.Clients;

namespace Operator.Tests.Clients;

public sealed class TimeZonesTests
{
    [Theory]
    [InlineData("UTC")]
    [InlineData("Europe/Madrid")]
    [InlineData("America/Argentina/Buenos_Aires")]
    [InlineData("America/Port-au-Prince")]
    [InlineData("Etc/UTC")]
    [InlineData("Etc/GMT+5")]
    public void TryFind_IanaName_IsFound(string name)
    {
        Assert.True(TimeZones.TryFind(name, out var zone, out _));
        Assert.Equal(name, zone.Id);
    }

    /// <summary>Also after its zone was found under the right name, by this or by another resource.</summary>
    [Theory]
    [InlineData("america/bogota", "America/Bogota")]
    [InlineData("AMERICA/Argentina/buenos_aires", "America/Argentina/Buenos_Aires")]
    [InlineData("utc", "UTC")]
    [InlineData("etc/utc", "Etc/UTC")]
    [InlineData("europe/Madrid", "Europe/Madrid")]
    public void TryFind_AnotherCase_IsNeverFoundButNamesTheRightOne(string name, string right)
    {
        for (var time = 0; time < 2; time++)
        {
            Assert.False(TimeZones.TryFind(name, out _, out var problem));
            Assert.Equal($"{name} is not how this time zone is written: write {right}", problem);
            Assert.True(TimeZones.TryFind(right, out _, out _));
        }
    }

    [Theory]
    [InlineData("localtime")]
    [InlineData("LOCALTIME")]
    [InlineData("posixrules")]
    [InlineData("Factory")]
    [InlineData("factory")]
    [InlineData("Local")]
    [InlineData("posix/Europe/Madrid")]
    [InlineData("right/Europe/Madrid")]
    [InlineData("Right/UTC")]
    [InlineData("UTC-11")]
    [InlineData("Romance Standard Time")]
    [InlineData("W. Europe Standard Time")]
    [InlineData("CET-1CEST")]
    [InlineData("EST5EDT,M3.2.0,M11.1.0")]
    [InlineData("zone.tab")]
    [InlineData("leapseconds")]
    [InlineData("Europe")]
    [InlineData("Europe/")]
    [InlineData("/Europe/Madrid")]
    [InlineData("Europe//Madrid")]
    [InlineData("../zoneinfo/Europe/Madrid")]
    [InlineData("Mars/Olympus")]
    [InlineData("")]
    public void TryFind_NoIanaName_IsNotFound(string name)
    {
        TimeZones.TryFind("Europe/Madrid", out _, out _);

        Assert.False(TimeZones.TryFind(name, out var zone, out var problem));
        Assert.Null(zone);
        Assert.Equal($"{name} is not the IANA name of a time zone: write one such as Europe/Madrid, or UTC", problem);
    }
}
