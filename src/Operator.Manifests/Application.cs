using Operator.Manifests.Output;

namespace Operator.Manifests;

/// <summary>The command line.</summary>
internal sealed class Application(TextWriter output, TextWriter error, string currentFolder)
{
    private const string Usage = """
        Writes what is made from the C# types, in config, charts and docs.

        Options:
          --verify      change nothing; exit 1 and name what differs when a file is not as it would be written
          --output DIR  the folder that config/, charts/ and docs/ are in; by default the repository that the current folder is part of
          --help        show this text
        """;

    /// <summary>Exit code: 0 success, 1 files are stale, 2 invalid arguments.</summary>
    public int Run(string[] arguments)
    {
        var verify = false;
        string? root = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--verify":
                    verify = true;
                    break;
                case "--output" when i + 1 < arguments.Length:
                    root = arguments[++i];
                    break;
                case "--help" or "-h":
                    output.WriteLine(Usage);
                    return 0;
                default:
                    error.WriteLine($"Not understood: {arguments[i]}\n\n{Usage}");
                    return 2;
            }
        }

        root ??= Repository.Find(currentFolder);
        if (root is null)
        {
            error.WriteLine($"{currentFolder} is not part of the repository: name a folder with --output.");
            return 2;
        }

        var tree = new FileTree(root);
        return verify ? Verify(tree) : Write(tree);
    }

    private int Write(FileTree tree)
    {
        var written = tree.Write(ManifestSet.Generate());
        output.WriteLine(written.Count == 0 ? "All generated files are up to date." : $"Written: {string.Join(", ", written)}");
        return 0;
    }

    private int Verify(FileTree tree)
    {
        var differences = tree.Verify(ManifestSet.Generate());
        foreach (var difference in differences)
        {
            error.WriteLine(difference);
        }

        output.WriteLine(differences.Count == 0 ? "All generated files are up to date." : "Run `make generate` and commit the result.");
        return differences.Count == 0 ? 0 : 1;
    }
}
