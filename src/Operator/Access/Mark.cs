using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Operator.Access;

/// <summary>
/// The suffix of a client's name in CARTO: its cluster, its resource, and its ordinal among that resource's clients. It lets the operator
/// recover its clients after a crash, even if several clusters share one CARTO user.
/// </summary>
/// <param name="Cluster">Six hexadecimal digits that identify the cluster.</param>
/// <param name="Owner">Twelve hexadecimal digits of the SHA-256 of the resource's uid.</param>
/// <param name="Serial">Counts the resource's clients, from 1.</param>
internal readonly partial record struct Mark(string Cluster, string Owner, int Serial)
{
    /// <summary>The mark's first characters; a display name must not contain them.</summary>
    public const string Start = "[k8s:";

    /// <summary>Largest <see cref="Serial"/>.</summary>
    public const int MaxSerial = 999_999_999;

    /// <summary>Mark of a resource's client.</summary>
    public static Mark For(string cluster, string resourceUid, int serial) => new(cluster, OwnerOf(resourceUid), serial);

    /// <summary>The <see cref="Owner"/> of a resource's marks.</summary>
    public static string OwnerOf(string resourceUid) => Digits(resourceUid, 12);

    /// <summary>Identity of a cluster, from the uid of its kube-system namespace.</summary>
    public static string ClusterId(string kubeSystemUid) => Digits(kubeSystemUid, 6);

    /// <summary>Parses the mark at the end of a name; null if there is none.</summary>
    public static Mark? Read(string? name)
    {
        if (
            name is null
            || Pattern().Match(name) is not { Success: true } match
            || !int.TryParse(match.Groups["serial"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var serial)
        )
        {
            return null;
        }

        return new Mark(match.Groups["cluster"].Value, match.Groups["owner"].Value, serial);
    }

    /// <summary>The full name in CARTO. If it is too long, the display name is truncated, never the mark.</summary>
    /// <param name="displayName">The human-readable name.</param>
    /// <param name="maxLength">Maximum name length, in UTF-16 units.</param>
    public string NameFor(string displayName, int maxLength)
    {
        var tail = " " + ToString();
        var room = Math.Max(0, maxLength - tail.Length);
        if (displayName.Length > room)
        {
            if (room > 0 && char.IsHighSurrogate(displayName[room - 1]))
            {
                room--;
            }

            displayName = displayName[..room].TrimEnd();
        }

        return displayName.Length == 0 ? tail[1..] : displayName + tail;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Start}{Cluster}:{Owner}-{Serial}]");

    private static string Digits(string text, int count) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..count];

    [GeneratedRegex(
        @"(?:^| )\[k8s:(?<cluster>[0-9a-f]{6}):(?<owner>[0-9a-f]{12})-(?<serial>[1-9][0-9]{0,8})\]\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Pattern();
}
