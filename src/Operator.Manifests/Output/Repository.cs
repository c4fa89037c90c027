namespace Operator.Manifests.Output;

/// <summary>Finds the repository, so that the tool works in any of its folders.</summary>
internal static class Repository
{
    private const string Sign = "Operator.sln";

    /// <summary>The nearest folder above, or the folder itself, that holds the solution; null when there is none.</summary>
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
