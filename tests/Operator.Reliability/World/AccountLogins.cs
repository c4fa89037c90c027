using Carto.Emulator;
using k8s.Models;

namespace Operator.Reliability.World;

/// <summary>What the accounts of a world log in with.</summary>
internal sealed class AccountLogins(MatrixWorld world)
{
    private readonly HashSet<string> _logins = new(StringComparer.Ordinal);
    private readonly HashSet<string> _secrets = new(StringComparer.Ordinal) { MatrixWorld.Login };
    private string _login = world.User.ClientId;

    /// <summary>Whether an account logs in, or did, with a client.</summary>
    public bool Contains(string clientId) => _logins.Contains(clientId);

    /// <summary>The client that the account logs in with.</summary>
    public EmulatorClient Client => world.Bystanders.First(client => client.Id == _login);

    /// <summary>Names of the Secrets in which people put what the accounts log in with.</summary>
    public IReadOnlySet<string> Secrets => _secrets;

    /// <summary>Takes on what a user logs in with.</summary>
    public void Note(EmulatorUser user)
    {
        _logins.Add(user.ClientId);
        world.Bystanders.Add(world.Carto.AllClients().Single(client => client.Id == user.ClientId));
    }

    /// <summary>Adds a Secret with other credentials of the account's user.</summary>
    public async Task AddAsync(string name, CancellationToken cancellationToken)
    {
        var next = world.Carto.CreateClient(world.User, "the account's next login");
        world.Bystanders.Add(next);
        _logins.Add(next.Id);
        _secrets.Add(name);
        await world.Secrets.CreateAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = world.Namespace },
                StringData = new Dictionary<string, string> { ["CARTO_CLIENT_ID"] = next.Id, ["CARTO_CLIENT_SECRET"] = next.Secret },
            },
            cancellationToken
        );
    }

    /// <summary>Gives the account other credentials of the same user, and ends those that it had.</summary>
    public async Task ChangeAsync(CancellationToken cancellationToken)
    {
        var last = _login;
        var next = world.Carto.CreateClient(world.User, "the account's next login");
        world.Bystanders.Add(next);
        _logins.Add(next.Id);
        _login = next.Id;
        await world.EditSecretAsync(
            MatrixWorld.Login,
            $$$"""{"stringData":{"CARTO_CLIENT_ID":"{{{next.Id}}}","CARTO_CLIENT_SECRET":"{{{next.Secret}}}"}}""",
            cancellationToken
        );
        world.Bystanders.RemoveAll(client => client.Id == last);
        world.Carto.DeleteClient(last);
        world.Carto.EndAllAccessTokens();
    }

    /// <summary>Adds an account of another user.</summary>
    public async Task AddOtherAccountAsync(CancellationToken cancellationToken)
    {
        const string OtherLogin = "login-of-ben";
        var ben = world.Carto.AddUser("ben");
        Note(ben);
        _secrets.Add(OtherLogin);
        world.Users[MatrixWorld.OtherAccount] = ben;
        await world.Secrets.CreateAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta { Name = OtherLogin, NamespaceProperty = world.Namespace },
                StringData = new Dictionary<string, string>
                {
                    ["CARTO_CLIENT_ID"] = ben.ClientId,
                    ["CARTO_CLIENT_SECRET"] = ben.ClientSecret,
                },
            },
            cancellationToken
        );
        await world.AddAccountAsync(MatrixWorld.OtherAccount, OtherLogin, cancellationToken);
    }
}
