using System.Text.RegularExpressions;
using Operator.Manifests.Distribution;
using Operator.TestKit;

namespace Operator.Packaging.Tests;

/// <summary>One version, said in Directory.Build.props.</summary>
public sealed partial class VersionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Version_OfExecutableChartAndImages_IsOne()
    {
        var chart = Assert.Single(Manifests.Parse(await File.ReadAllTextAsync(Path.Combine(Chart.Folder, "Chart.yaml"), Cancelled)));
        var executable = await OperatorProcess.RunAsync(["version"], new Dictionary<string, string>(), Cancelled);
        var image = (string)(await Chart.RenderAsync(Cancelled)).The("Deployment").Pod().Container()["image"]!;

        Assert.Equal(
            [Release.Version, Release.Version, Release.Version, $"carto-operator:{Release.Version}"],
            [(string)chart["version"]!, (string)chart["appVersion"]!, executable.Output.Trim().Split('+')[0], image]
        );
    }

    /// <summary>
    /// The version is that of the newest release, or one that is under way: then it is newer, and its changes are unreleased.
    /// </summary>
    [Fact]
    public async Task Version_AndChangelog_MoveTogether()
    {
        var text = await File.ReadAllTextAsync(Repository.PathOf("CHANGELOG.md"), Cancelled);
        var unreleased = Unreleased().Match(text).Groups["changes"].Value.Trim().Length > 0;
        var newest = Released().Match(text) is { Success: true } heading
            ? Version.Parse(heading.Groups["version"].Value)
            : new Version(0, 0, 0);
        var current = Version.Parse(Release.Version);

        Assert.True(
            unreleased ? current > newest : current == newest,
            $"Directory.Build.props says {current}; the newest release of CHANGELOG.md is {newest}, and it has {(unreleased ? "" : "no ")}unreleased changes."
        );
    }

    [GeneratedRegex(@"^## \[Unreleased\]\n(?<changes>.*?)(?=^## \[|\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Unreleased();

    [GeneratedRegex(@"^## \[(?<version>\d+\.\d+\.\d+)\]", RegexOptions.Multiline)]
    private static partial Regex Released();
}
