namespace Operator.Commands;

/// <summary>The clients of an account selected on the command line.</summary>
/// <param name="patterns">IDs, and names in which <c>*</c> and <c>?</c> are wildcards.</param>
/// <param name="all">All that may be adopted.</param>
internal sealed class ClientChoice(IReadOnlyList<string> patterns, bool all)
{
    private readonly List<string> _notes = [];

    /// <summary>Nothing was selected.</summary>
    public bool IsEmpty => patterns.Count == 0 && !all;

    /// <summary>What was requested but not selected, and why.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Selects the requested clients that may be adopted.</summary>
    public IReadOnlyList<FoundClient> Of(IReadOnlyList<FoundClient> found)
    {
        var chosen = new List<FoundClient>(found.Count);
        foreach (var pattern in patterns.Where(pattern => !found.Any(client => client.ClientId == pattern || Matches(pattern, client))))
        {
            _notes.Add($"--select {pattern}: no client has this ID or name");
        }

        foreach (var client in found)
        {
            var wanted = patterns.Any(pattern => client.ClientId == pattern || Matches(pattern, client));
            if (client.MayBeChosen && (wanted || all))
            {
                chosen.Add(client);
            }
            else if (wanted)
            {
                _notes.Add(
                    $"left out {client.ClientId} ({client.Name}): {client.Describe()}"
                        + (
                            client.State == FoundState.Marked
                                ? "; if that resource no longer exists, first remove the mark from the client's name in CARTO"
                                : ""
                        )
                );
            }
        }

        return chosen;
    }

    private static bool Matches(string pattern, FoundClient client) => client.Name is { } name && Wildcards.Match(pattern, name, "*?");
}
