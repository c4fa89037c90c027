using Operator.Access;
using Operator.Commands.Tools;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary>The digits that mark this cluster's clients in CARTO, and whether they are reliable.</summary>
/// <param name="Id">The digits.</param>
/// <param name="IsCertain">They come from the cluster itself rather than from the command line.</param>
internal sealed record ClusterMark(string Id, bool IsCertain)
{
    /// <summary>The given digits, otherwise the cluster's.</summary>
    public static async Task<ClusterMark> ReadAsync(Cluster cluster, string? given, CancellationToken cancellationToken)
    {
        if (given is null)
        {
            return new ClusterMark(await cluster.ReadIdAsync(cancellationToken), IsCertain: true);
        }

        return new ClusterMark(given, IsCertain: false);
    }

    /// <summary>Reasons to doubt the digits.</summary>
    public IEnumerable<string> Notes(ClusterRecords records)
    {
        string[] others = [.. Marks(records).Where(mark => mark != Id).Distinct().Order(StringComparer.Ordinal)];
        return others.Length == 0
            ? []
            :
            [
                $"clients of resources here bear the mark {string.Join(", ", others)}, and not {Id}: if the operator runs with "
                    + "--cluster-id, give this command the same",
            ];
    }

    /// <summary>
    /// Throws unless the digits are known to be this cluster's: with another cluster's, all of its clients would look orphaned.
    /// </summary>
    /// <exception cref="InvalidSettingException">They may be another cluster's.</exception>
    public void RequireKnown(ClusterRecords records)
    {
        if (!IsCertain && !Marks(records).Contains(Id))
        {
            throw new InvalidSettingException(
                $"--cluster-id: no resource of this cluster has a client with the mark {Id}, so it may be another cluster's: nothing is "
                    + "revoked; write the ID that the "
                    + "operator of this cluster runs with"
            );
        }
    }

    private static IEnumerable<string> Marks(ClusterRecords records) =>
        records.Resources.Select(resource => Mark.Read(resource.Status?.DisplayName)?.Cluster).OfType<string>();
}
