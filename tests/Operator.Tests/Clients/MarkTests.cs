using System.Text.Json;
using Carto.Emulator;
using Operator.Access;

namespace Operator.Tests.Clients;

public sealed class MarkTests
{
    private const string Uid = "6f0ad5c2-0a0e-4f0e-9a51-0b8f0ad8a9f1";
    private const string Cluster = "0a1b2c";

    [Fact]
    public void NameFor_ShortDisplayName_EndsInTheMarker()
    {
        var name = Mark.For(Cluster, Uid, 3).NameFor("ETL service", 255);

        Assert.StartsWith("ETL service [k8s:0a1b2c:", name, StringComparison.Ordinal);
        Assert.EndsWith("-3]", name, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ETL service", 255)]
    [InlineData("ETL service", 40)]
    [InlineData("ETL service", 10)]
    [InlineData("日本語の名前とても長い名前", 34)]
    [InlineData("[k8s:000000:000000000000-9] imitation", 255)]
    public void Read_OwnName_FindsTheSameMarker(string displayName, int maxLength)
    {
        var mark = Mark.For(Cluster, Uid, 12);

        Assert.Equal(mark, Mark.Read(mark.NameFor(displayName, maxLength)));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(34)]
    [InlineData(31)]
    public void NameFor_TooLong_CutsTheDisplayNameOnly(int maxLength)
    {
        var mark = Mark.For(Cluster, Uid, 1);

        var name = mark.NameFor("a display name that is far too long", maxLength);

        Assert.True(name.Length <= maxLength);
        Assert.EndsWith(mark.ToString(), name, StringComparison.Ordinal);
    }

    [Fact]
    public void NameFor_CutInsideASurrogatePair_LeavesNoHalf()
    {
        var mark = Mark.For(Cluster, Uid, 1);
        var room = mark.ToString().Length + 1;

        for (var length = room; length < room + 8; length++)
        {
            Assert.DoesNotContain(System.Text.Rune.ReplacementChar, mark.NameFor("😀😀😀😀", length).EnumerateRunes());
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ETL service")]
    [InlineData("ETL [k8s:0a1b2c:0123456789ab-1] copy")]
    [InlineData("ETL [k8s:0a1b2c:0123456789AB-1]")]
    [InlineData("ETL [k8s:0a1b2c:0123456789ab-0]")]
    [InlineData("ETL [k8s:0a1b2c:0123456789ab-9999999999]")]
    [InlineData("ETL[k8s:0a1b2c:0123456789ab-1]")]
    [InlineData("ETL [k8s:0a1b2c:0123456789ab-1]\n")]
    public void Read_NameOfSomebodyElse_IsNull(string? name) => Assert.Null(Mark.Read(name));

    [Fact]
    public void For_OtherResource_IsAnotherOwner() =>
        Assert.NotEqual(Mark.For(Cluster, Uid, 1).Owner, Mark.For(Cluster, Uid + "x", 1).Owner);

    [Fact]
    public void ClusterId_OfAUid_IsSixHexadecimalDigits() => Assert.Matches("^[0-9a-f]{6}$", Mark.ClusterId(Uid));

    /// <summary>The emulator reads marks for people, without the operator's code.</summary>
    [Fact]
    public async Task NameFor_OnTheEmulatorsPage_IsTakenApartAsTheOperatorDoes()
    {
        var mark = Mark.For(Cluster, Uid, 12);
        await using var carto = await CartoEmulator.StartAsync(
            new CartoEmulatorOptions { Urls = [new Uri("http://127.0.0.1:0")] },
            TestContext.Current.CancellationToken
        );
        carto.CreateClient(carto.AddUser("ana"), mark.NameFor("ETL service", 255));
        using HttpClient http = new();

        var view = await http.GetStringAsync(new Uri(carto.BaseUrl, "page/view"), TestContext.Current.CancellationToken);

        var client = JsonDocument.Parse(view).RootElement.GetProperty("clients")[0];
        var read = client.GetProperty("mark");
        Assert.Equal("ETL service", client.GetProperty("displayName").GetString());
        Assert.Equal(
            mark,
            new Mark(
                read.GetProperty("cluster").GetString()!,
                read.GetProperty("resource").GetString()!,
                read.GetProperty("serial").GetInt32()
            )
        );
    }
}
