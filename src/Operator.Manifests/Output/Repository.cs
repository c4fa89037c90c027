namespace Operator.Manifests.Output;

/// <summary>Finds the repository root, so that the tool works in any of its folders.</summary>
internal static class Repository
{
    private const string Sign = "Operator.sln";

    /// <summary>The nearest folder, this one or a parent, that contains the solution; null if none.</summary>
    public static string? Find(string folder)
    {
        for (var current = new DirectoryInfo(folder); current is not null; current = current.Parent)
        {
            if (File.Exists(Path.Combine(current.FullName, Sign)))
            {
                return current.FullName;
            }
        }

        return null;
    }
}
