using System.Globalization;
using System.Text.RegularExpressions;

namespace Carto.Emulator.Page;

/// <summary>
/// What the operator writes at the end of its clients' names, so that a person sees whose a client is. CARTO knows nothing of it: to it
/// the whole is a name.
/// </summary>
/// <param name="Cluster">Six hexadecimal digits that stand for the Kubernetes cluster.</param>
/// <param name="Resource">Twelve hexadecimal digits that stand for the resource in it.</param>
/// <param name="Serial">The how-manieth client of that resource it is.</param>
internal sealed partial record Mark(string Cluster, string Resource, int Serial)
{
    /// <summary>Takes a name apart. Without a mark, all of it is what people call the client.</summary>
    public static (string DisplayName, Mark? Mark) Read(string name)
    {
        var match = Pattern().Match(name);
        return match.Success
            ? (name[..match.Index], new Mark(
                match.Groups["cluster"].Value,
                match.Groups["resource"].Value,
                int.Parse(match.Groups["serial"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)))
            : (name, null);
    }

    [GeneratedRegex(
        @"(?:^| )\[k8s:(?<cluster>[0-9a-f]{6}):(?<resource>[0-9a-f]{12})-(?<serial>[1-9][0-9]{0,8})\]$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
