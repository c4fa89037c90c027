using System.Text.Json.Serialization;
using Operator.Access;
using Operator.Commands.Tools;

namespace Operator.Commands;

/// <summary>What <c>operator audit</c> found.</summary>
/// <param name="ClusterId">The mark of this cluster's clients.</param>
/// <param name="Accounts">The accounts checked.</param>
/// <param name="Strays">Clients with the mark that belong to no resource.</param>
/// <param name="Missing">Resources whose client does not exist.</param>
/// <param name="Pairs">Secrets whose credentials do not work.</param>
/// <param name="Notes">Other notes for people.</param>
internal sealed record AuditReport(
    string ClusterId,
    IReadOnlyList<AccountLine> Accounts,
    IReadOnlyList<StrayClient> Strays,
    IReadOnlyList<MissingClient> Missing,
    IReadOnlyList<BrokenPair> Pairs,
    IReadOnlyList<string> Notes
)
{
    /// <summary>The exit code.</summary>
    [JsonIgnore]
    public int ExitCode =>
        Accounts.Any(account => account.Problem is not null)
        || Pairs.Any(pair => !pair.IsDecided)
        || Strays.Any(stray => stray.State == StrayState.Failed)
            ? ExitCodes.Failed
        : Missing.Count > 0 || Pairs.Count > 0 || Strays.Any(stray => stray.State == StrayState.Unowned) ? ExitCodes.Found
        : ExitCodes.Stopped;

    /// <summary>For people.</summary>
    public void WriteTable(TextWriter output)
    {
        var table = new TextTable("ACCOUNT", "CLIENTS", "PROBLEM");
        foreach (var account in Accounts)
        {
            table.Add(account.Account, account.Clients?.ToString(System.Globalization.CultureInfo.InvariantCulture), account.Problem);
        }

        table.Write(output);
        if (Strays.Count > 0)
        {
            output.Write($"\nClients that bear the mark {ClusterId} of this cluster and belong to no resource:\n");
            WriteStrays(output, Strays);
        }

        if (Missing.Count > 0)
        {
            output.Write("\nResources whose client does not exist in CARTO (the operator replaces it at its next comparison):\n");
            var missing = new TextTable("RESOURCE", "CLIENT ID", "ACCOUNT");
            foreach (var one in Missing)
            {
                missing.Add(one.Resource, one.ClientId, one.Account);
            }

            missing.Write(output, indent: 2);
        }

        if (Pairs.Count > 0)
        {
            output.Write("\nSecrets whose credentials do not work (kubectl describe m2m shows what the operator does about it):\n");
            var pairs = new TextTable("RESOURCE", "SECRET", "CLIENT ID", "DETAIL");
            foreach (var pair in Pairs)
            {
                pairs.Add(pair.Resource, pair.Secret, pair.ClientId, pair.Detail);
            }

            pairs.Write(output, indent: 2);
        }

        foreach (var note in Notes)
        {
            output.Write($"\nNote: {TextTable.Clean(note)}\n");
        }

        output.Write(
            ExitCode switch
            {
                ExitCodes.Stopped => "\nNothing is wrong.\n",
                ExitCodes.Found when Strays.Any(stray => stray.State == StrayState.Unowned) =>
                    "\noperator audit --revoke revokes the clients that are unowned.\n",
                _ => "",
            }
        );
    }

    /// <summary>Some of the clients that belong to no resource, for people.</summary>
    public static void WriteStrays(TextWriter output, IReadOnlyList<StrayClient> strays)
    {
        var table = new TextTable("CLIENT ID", "NAME", "CREATED", "STATE", "DETAIL");
        foreach (var stray in strays)
        {
            table.Add(
                stray.ClientId,
                stray.Name,
                stray.CreatedAt?.ToString("yyyy-MM-dd", null),
                stray.State.ToString().ToLowerInvariant(),
                stray.Detail
            );
        }

        table.Write(output, indent: 2);
    }
}

/// <summary>A checked account.</summary>
/// <param name="Account">Display name.</param>
/// <param name="Clients">Number of its clients; null if unknown.</param>
/// <param name="Problem">Why it could not be checked; null if it could.</param>
internal sealed record AccountLine(string Account, int? Clients, string? Problem);

/// <summary>A client with this cluster's mark that belongs to no resource.</summary>
/// <param name="ClientId">Its ID.</param>
/// <param name="Name">Its name in CARTO.</param>
/// <param name="Account">An account that lists it.</param>
/// <param name="CreatedAt">When it was created, if CARTO reports that.</param>
/// <param name="State">Its state.</param>
/// <param name="Detail">Why.</param>
internal sealed record StrayClient(
    string ClientId,
    string Name,
    string Account,
    DateTimeOffset? CreatedAt,
    StrayState State,
    string? Detail
)
{
    [JsonIgnore]
    public AccountKey AccountKey { get; init; }
}

/// <summary>State of a client that belongs to no resource.</summary>
internal enum StrayState
{
    /// <summary>It is unowned and may be revoked.</summary>
    Unowned,

    /// <summary>Something in the cluster refers to it: it is kept.</summary>
    Held,

    /// <summary>It is too new or of unknown age: it is kept.</summary>
    Young,

    /// <summary>It is gone.</summary>
    Revoked,

    /// <summary>It could not be revoked.</summary>
    Failed,
}

/// <summary>A resource whose client does not exist.</summary>
internal sealed record MissingClient(string Resource, string ClientId, string Account);

/// <summary>A Secret whose credentials do not work.</summary>
/// <param name="Resource">The resource.</param>
/// <param name="Secret">The Secret.</param>
/// <param name="ClientId">The client.</param>
/// <param name="IsDecided">CARTO gave a clear answer; otherwise the result is unknown.</param>
/// <param name="Detail">What is wrong.</param>
internal sealed record BrokenPair(string Resource, string Secret, string ClientId, bool IsDecided, string Detail);
