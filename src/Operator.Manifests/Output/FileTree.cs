namespace Operator.Manifests.Output;

/// <summary>The root folder of generated files: the repository or a copy.</summary>
internal sealed class FileTree(string root)
{
    /// <summary>Writes the files that differ and returns their paths.</summary>
    public IReadOnlyList<string> Write(IEnumerable<GeneratedFile> files)
    {
        var stale = files.Where(file => Read(file) != file.Content).ToList();
        foreach (var file in stale)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Locate(file))!);
            File.WriteAllText(Locate(file), file.Content);
        }

        return [.. stale.Select(file => file.Path)];
    }

    /// <summary>Differences per stale file; empty if none is stale.</summary>
    public IReadOnlyList<string> Verify(IEnumerable<GeneratedFile> files) =>
        [
            .. files
                .Select(file => (file, actual: Read(file)))
                .Where(pair => pair.actual != pair.file.Content)
                .Select(pair =>
                    pair.actual is null
                        ? $"{pair.file.Path} is missing"
                        : $"{pair.file.Path} is stale\n{LineDiff.Describe(pair.actual, pair.file.Content)}"
                ),
        ];

    private string? Read(GeneratedFile file) => File.Exists(Locate(file)) ? File.ReadAllText(Locate(file)) : null;

    private string Locate(GeneratedFile file) => Path.Combine(root, file.Path);
}
