using Carto.Emulator;
using Operator.Access;

namespace Operator.Reliability.World;

/// <summary>What people do to clients in CARTO.</summary>
internal sealed class ClientsByHand(MatrixWorld world)
{
    private readonly Dictionary<string, string> _madeByHand = new(StringComparer.Ordinal);

    /// <summary>Clients that a person took the mark off, and what they were called before.</summary>
    public Dictionary<string, string> Unmarked { get; } = new(StringComparer.Ordinal);

    /// <summary>Renames a client in CARTO, and so takes its mark off.</summary>
    public void Rename(string clientId)
    {
        Unmarked[clientId] = world.Carto.AllClients().Single(client => client.Id == clientId).Name;
        world.Carto.RenameClient(clientId, "renamed by hand");
    }

    /// <summary>Gives the clients that live the names back that they had. Returns whether any lacked its own.</summary>
    public bool NameAsBefore()
    {
        var found = false;
        foreach (
            var client in world
                .Carto.AllClients()
                .Where(client => client.IsLive && Mark.Read(client.Name) is null && Unmarked.ContainsKey(client.Id))
        )
        {
            found = true;
            world.Carto.RenameClient(client.Id, Unmarked[client.Id]);
        }

        return found;
    }

    /// <summary>Creates a client for a resource to adopt.</summary>
    public EmulatorClient Create()
    {
        var client = world.Carto.CreateClient(world.User, "made by hand");
        _madeByHand[client.Id] = client.Name;
        return client;
    }

    /// <summary>Whether a client was made by hand for a resource to adopt, and none has taken it over.</summary>
    public bool IsUnclaimed(EmulatorClient client) => _madeByHand.TryGetValue(client.Id, out var name) && name == client.Name;
}
