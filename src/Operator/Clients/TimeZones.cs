using System.Diagnostics.CodeAnalysis;

namespace Operator.Clients;

/// <summary>
/// Time zones by their exact IANA name. What .NET finds depends on earlier lookups: file names are case-sensitive, but its cache is not.
/// </summary>
internal static class TimeZones
{
    /// <summary>Location of the data, the same as .NET uses.</summary>
    private const string DefaultFolder = "/usr/share/zoneinfo";

    /// <summary>Files that are not zones: the machine's local zone, a template, and a placeholder.</summary>
    private static readonly string[] NoZones = ["localtime", "posixrules", "Factory"];

    /// <summary>Folders with duplicates of the zones, without and with leap seconds.</summary>
    private static readonly string[] NoFolders = ["posix/", "right/"];

    private static string Folder => Environment.GetEnvironmentVariable("TZDIR") is { Length: > 0 } folder ? folder : DefaultFolder;

    /// <summary>Finds a zone. If there is none, suggests what to write instead.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out TimeZoneInfo? zone, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        if (IsZone(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone) && zone.Id == name)
        {
            return true;
        }

        zone = null;
        problem = Describe(name);
        return false;
    }

    private static string Describe(string name) =>
        SpellingOf(name) is { } spelling && IsZone(spelling) ? $"{name} is not how this time zone is written: write {spelling}"
        : Directory.Exists(Folder) ? $"{name} is not the IANA name of a time zone: write one such as Europe/Madrid, or UTC"
        : $"{name} is not known here, because there is no time zone data in {Folder}: use an image of the operator that has it, or "
            + "remove timeZone to go by UTC";

    private static bool IsZone(string name) =>
        !NoZones.Contains(name, StringComparer.OrdinalIgnoreCase)
        && !Array.Exists(NoFolders, folder => name.StartsWith(folder, StringComparison.OrdinalIgnoreCase))
        && Array.TrueForAll(name.Split('/'), part => part.Length > 0 && part[0] != '.');

    /// <summary>A name in the case of its file; null if there is no such file.</summary>
    private static string? SpellingOf(string name)
    {
        string? spelling = null;
        foreach (var part in name.Split('/'))
        {
            var folder = new DirectoryInfo(spelling is null ? Folder : Path.Combine(Folder, spelling));
            if (
                !folder.Exists
                || folder.EnumerateFileSystemInfos().FirstOrDefault(file => file.Name.Equals(part, StringComparison.OrdinalIgnoreCase))
                    is not { Name: var found }
            )
            {
                return null;
            }

            spelling = spelling is null ? found : $"{spelling}/{found}";
        }

        return spelling is not null && TimeZoneInfo.TryFindSystemTimeZoneById(spelling, out _) ? spelling : null;
    }
}
