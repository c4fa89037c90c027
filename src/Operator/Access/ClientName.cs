using System.Net;
using Operator.Contracts;

namespace Operator.Access;

/// <summary>Names of a resource's clients in CARTO: its display name and the mark of each.</summary>
/// <param name="Cluster">See <see cref="Mark.Cluster"/>.</param>
/// <param name="ResourceUid">The resource's uid.</param>
/// <param name="DisplayName">The human-readable name.</param>
/// <param name="MaxLength">Maximum name length, in UTF-16 units.</param>
internal sealed record ClientName(string Cluster, string ResourceUid, string DisplayName, int MaxLength)
{
    /// <summary>The names a resource asks for.</summary>
    public static ClientName Of(M2MOAuthClient resource, string cluster, int maxLength) =>
        new(cluster, resource.Metadata.Uid, resource.Spec.DisplayName ?? resource.Metadata.Name, maxLength);

    /// <summary>See <see cref="Mark.Owner"/>.</summary>
    public string Owner { get; } = Mark.OwnerOf(ResourceUid);

    /// <summary>
    /// Whether CARTO's name for a client is the one that it was given, apart from how spaces are stored, and from escapes of HTML.
    /// </summary>
    public static bool IsSame(string listed, string given) => listed == given || Plain(listed) == Plain(given);

    private static string Plain(string name) =>
        string.Join(' ', WebUtility.HtmlDecode(name).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The name of one client.</summary>
    public string For(int serial) => Mark.For(Cluster, ResourceUid, serial).NameFor(DisplayName, MaxLength);
}
