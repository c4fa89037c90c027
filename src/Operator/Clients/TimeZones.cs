using System.Diagnostics.CodeAnalysis;

namespace Operator.Clients;

/// <summary>
/// Time zones by their exact IANA name. What .NET itself finds depends on what was looked for before: it reads files, whose names it takes as they are
/// written, and keeps what it has read under names in any case.
/// </summary>
internal static class TimeZones
{
    /// <summary>Where the data is; .NET has it from the same places.</summary>
    private const string DefaultFolder = "/usr/share/zoneinfo";

    /// <summary>Files beside the zones: this machine's own zone, a template, and what stands for an unknown one.</summary>
    private static readonly string[] NoZones = ["localtime", "posixrules", "Factory"];

    /// <summary>Folders beside the zones: the same once more, and counted with leap seconds.</summary>
    private static readonly string[] NoFolders = ["posix/", "right/"];

    private static string Folder => Environment.GetEnvironmentVariable("TZDIR") is { Length: > 0 } folder ? folder : DefaultFolder;

    /// <summary>Finds a zone. Where there is none, says what to write instead.</summary>
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
        : $"{name} is not known here, because there is no time zone data in {Folder}: use an image of the operator that has it, or remove timeZone to go by UTC";

    private static bool IsZone(string name) =>
        !NoZones.Contains(name, StringComparer.OrdinalIgnoreCase)
        && !Array.Exists(NoFolders, folder => name.StartsWith(folder, StringComparison.OrdinalIgnoreCase))
        && Array.TrueForAll(name.Split('/'), part => part.Length > 0 && part[0] != '.');

    /// <summary>A name in the letters in which its file has it; null: there is no such file.</summary>
    private static string? SpellingOf(string name)
    {
        string? spelling = null;
        foreach (var part in name.Split('/'))
        {
            var folder = new DirectoryInfo(spelling is null ? Folder : Path.Combine(Folder, spelling));
            if (!folder.Exists
                || folder.EnumerateFileSystemInfos().FirstOrDefault(file => file.Name.Equals(part, StringComparison.OrdinalIgnoreCase)) is not { Name: var found })
            {
                return null;
            }

            spelling = spelling is null ? found : $"{spelling}/{found}";
        }

        return spelling is not null && TimeZoneInfo.TryFindSystemTimeZoneById(spelling, out _) ? spelling : null;
    }
}
