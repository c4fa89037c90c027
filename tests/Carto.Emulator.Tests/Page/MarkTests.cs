using Carto.Emulator.Page;

namespace Carto.Emulator.Tests.Page;

public sealed class MarkTests
{
    [Theory]
    [InlineData("ETL service [k8s:3f9a1c:8b2d44e07f15-12]", "ETL service")]
    [InlineData("a [k8s:000000:000000000000-1] [k8s:3f9a1c:8b2d44e07f15-12]", "a [k8s:000000:000000000000-1]")]
    [InlineData("[k8s:3f9a1c:8b2d44e07f15-12]", "")]
    public void Read_NameWithAMarkAtItsEnd_TakesItApart(string name, string displayName)
    {
        Assert.Equal((displayName, new Mark("3f9a1c", "8b2d44e07f15", 12)), Mark.Read(name));
    }

    [Theory]
    [InlineData("ETL service")]
    [InlineData("")]
    [InlineData("ETL[k8s:3f9a1c:8b2d44e07f15-12]")]
    [InlineData("ETL [k8s:3f9a1c:8b2d44e07f15-12] more")]
    [InlineData("ETL [k8s:3F9A1C:8b2d44e07f15-12]")]
    [InlineData("ETL [k8s:3f9a1c:8b2d44e07f15-0]")]
    [InlineData("ETL [k8s:3f9a1c:8b2d44e07f15-1234567890]")]
    public void Read_NameWithoutOne_IsAllDisplayName(string name)
    {
        Assert.Equal((name, null), Mark.Read(name));
    }
}
