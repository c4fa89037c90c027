namespace Operator.Manifests.Output;

/// <summary>The folder that generated files belong to: the repository, or a copy of it.</summary>
internal sealed class FileTree(string root)
{
    /// <summary>Writes the files that differ, and answers which.</summary>
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

    /// <summary>For each file that is not as it should be: what differs. Empty when all are.</summary>
    public IReadOnlyList<string> Verify(IEnumerable<GeneratedFile> files) =>
        [
            .. files
                .Select(file => (file, actual: Read(file)))
                .Where(pair => pair.actual != pair.file.Content)
                .Select(pair => pair.actual is null
                    ? $"{pair.file.Path} is missing"
                    : $"{pair.file.Path} is stale\n{LineDiff.Describe(pair.actual, pair.file.Content)}"),
        ];

    private string? Read(GeneratedFile file) => File.Exists(Locate(file)) ? File.ReadAllText(Locate(file)) : null;

    private string Locate(GeneratedFile file) => Path.Combine(root, file.Path);
}
