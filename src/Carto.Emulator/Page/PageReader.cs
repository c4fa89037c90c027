using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Carto.Emulator.Page;

/// <summary>Reads the data for the page.</summary>
internal sealed class PageReader(CartoState state, FaultSet faults, VariantsHolder variants)
{
    /// <summary>Maximum clients in a view: an emulator under load has more than anyone can read.</summary>
    public const int MostClients = 500;

    private static readonly EmulatorVariants DefaultVariants = new();

    // Fields shown separately in a view.
    private static readonly HashSet<string> ToldApart = ["kind", "operation", "count", "duration", "userId"];

    /// <summary>The current state, filtered as the page requests.</summary>
    public PageView Read(PageFilter filter)
    {
        // Reading clients first ensures that their users are included: users are never removed, and are added with their first client.
        var clients = state.AllClients();
        var users = state.Users.ToDictionary(u => u.UserId, u => u.Name);
        List<ClientView> found = [];
        int live = 0,
            revoked = 0;
        foreach (var client in clients.Reverse())
        {
            var view = View(client, users);
            if (!filter.Asks(view))
            {
                continue;
            }

            if (view.RevokedAt is null)
            {
                live++;
            }
            else
            {
                revoked++;
            }

            if (found.Count < MostClients && (filter.WithRevoked || view.RevokedAt is null))
            {
                found.Add(view);
            }
        }

        return new PageView
        {
            Users = [.. users.Values.Order(StringComparer.OrdinalIgnoreCase)],
            Clients = found,
            Live = live,
            Revoked = revoked,
            Variants = Differences(variants.Current, DefaultVariants, AdminJsonContext.Default.EmulatorVariants),
            Faults = [.. faults.InEffect.Select(f => View(f, users))],
        };
    }

    private static ClientView View(EmulatorClient client, Dictionary<string, string> users)
    {
        var (displayName, mark) = Mark.Read(client.Name);
        return new ClientView
        {
            Id = client.Id,
            DisplayName = displayName,
            Mark = mark,
            Owner = users[client.UserId],
            CreatedAt = client.CreatedAt,
            LastTokenAt = client.LastTokenAt,
            RevokedAt = client.DeletedAt,
            IsAccountCredential = client.IsAccountCredential,
        };
    }

    private static FaultView View(FaultInEffect inEffect, Dictionary<string, string> users)
    {
        var fault = inEffect.Fault;
        var members = Differences(fault, new Fault { Kind = fault.Kind }, AdminJsonContext.Default.Fault);
        return new FaultView
        {
            Kind = fault.Kind,
            Operation = fault.Operation,
            Left = fault.Count - inEffect.Struck,
            Until = inEffect.Until,
            User = fault.UserId is null ? null : users.GetValueOrDefault(fault.UserId, fault.UserId),
            Members = [.. members.Where(m => !ToldApart.Contains(m.Name))],
        };
    }

    private static List<Difference> Differences<T>(T value, T standard, JsonTypeInfo<T> type)
    {
        List<Difference> differences = [];
        Compare(
            "",
            JsonSerializer.SerializeToNode(value, type)!.AsObject(),
            JsonSerializer.SerializeToNode(standard, type)!.AsObject(),
            differences
        );
        return differences;
    }

    private static void Compare(string prefix, JsonObject value, JsonObject standard, List<Difference> differences)
    {
        foreach (var (name, node) in value)
        {
            if (node is JsonObject inner && standard[name] is JsonObject innerStandard)
            {
                Compare($"{prefix}{name}.", inner, innerStandard, differences);
            }
            else if (!JsonNode.DeepEquals(node, standard[name]))
            {
                differences.Add(new Difference(prefix + name, Text(node), Text(standard[name])));
            }
        }
    }

    private static string Text(JsonNode? node) =>
        node switch
        {
            null => "null",
            JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
            _ => node.ToJsonString(),
        };
}

/// <summary>The page's filter.</summary>
/// <param name="User">Clients of the user with this name; null for all.</param>
/// <param name="Text">Clients whose name, Client ID or mark contains this; null for all.</param>
/// <param name="WithRevoked">Whether to include revoked ones, which are always counted.</param>
internal sealed record PageFilter(string? User, string? Text, bool WithRevoked)
{
    public static PageFilter Of(IQueryCollection query) => new(Given(query["user"]), Given(query["find"]), query["revoked"] != "false");

    public bool Asks(ClientView client) =>
        (User is null || client.Owner == User)
        && (
            Text is null
            || client.DisplayName.Contains(Text, StringComparison.OrdinalIgnoreCase)
            || client.Id.Contains(Text, StringComparison.OrdinalIgnoreCase)
            || client.Mark is { } mark
                && (
                    mark.Resource.Contains(Text, StringComparison.OrdinalIgnoreCase)
                    || mark.Cluster.Contains(Text, StringComparison.OrdinalIgnoreCase)
                )
        );

    private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}
