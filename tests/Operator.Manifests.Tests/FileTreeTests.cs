using Operator.Manifests.Output;

namespace Operator.Manifests.Tests;

public sealed class FileTreeTests : IDisposable
{
    private static readonly GeneratedFile[] Files = [new("config/a/one.yaml", "1\n"), new("config/b/two.yaml", "2\n")];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_EmptyFolder_WritesAll()
    {
        var written = new FileTree(_folder.Path).Write(Files);

        Assert.Equal(["config/a/one.yaml", "config/b/two.yaml"], written);
        Assert.Equal("2\n", File.ReadAllText(Path.Combine(_folder.Path, "config/b/two.yaml")));
        Assert.Empty(new FileTree(_folder.Path).Verify(Files));
    }

    [Fact]
    public void Write_Again_WritesWhatDiffers()
    {
        var tree = new FileTree(_folder.Path);
        tree.Write(Files);
        File.WriteAllText(Path.Combine(_folder.Path, "config/b/two.yaml"), "3\n");

        Assert.Equal(["config/b/two.yaml"], tree.Write(Files));
        Assert.Empty(tree.Verify(Files));
    }

    [Fact]
    public void Verify_MissingAndStale_AreNamedAndLeftAlone()
    {
        var tree = new FileTree(_folder.Path);
        tree.Write([Files[1] with { Content = "3\n" }]);

        Assert.Equal(["config/a/one.yaml is missing", "config/b/two.yaml is stale\n  @ line 1\n  - 3\n  + 2"], tree.Verify(Files));
        Assert.False(File.Exists(Path.Combine(_folder.Path, "config/a/one.yaml")));
        Assert.Equal("3\n", File.ReadAllText(Path.Combine(_folder.Path, "config/b/two.yaml")));
    }
}
