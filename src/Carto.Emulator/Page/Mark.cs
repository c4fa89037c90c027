using System.Globalization;
using System.Text.RegularExpressions;

namespace Carto.Emulator.Page;

/// <summary>The marker the operator appends to client names to identify their owner. To CARTO it is just part of the name.</summary>
/// <param name="Cluster">Six hexadecimal digits that identify the Kubernetes cluster.</param>
/// <param name="Resource">Twelve hexadecimal digits that identify the resource in it.</param>
/// <param name="Serial">Ordinal of the client for that resource.</param>
internal sealed partial record Mark(string Cluster, string Resource, int Serial)
{
    /// <summary>Splits a name. Without a mark, all of it is the display name.</summary>
    public static (string DisplayName, Mark? Mark) Read(string name)
    {
        var match = Pattern().Match(name);
        return match.Success
            ? (
                name[..match.Index],
                new Mark(
                    match.Groups["cluster"].Value,
                    match.Groups["resource"].Value,
                    int.Parse(match.Groups["serial"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)
                )
            )
            : (name, null);
    }

    [GeneratedRegex(
        @"(?:^| )\[k8s:(?<cluster>[0-9a-f]{6}):(?<resource>[0-9a-f]{12})-(?<serial>[1-9][0-9]{0,8})\]$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Pattern();
}
