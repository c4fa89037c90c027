using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Accounts;

/// <summary>What people see of an account, and what resources get.</summary>
public sealed class AccountReconcilerTests(KubernetesServer server) : AccountTests(server)
{
    [Fact]
    public async Task Credentials_Work_IsReadyWithOwnerAndApi()
    {
        await WriteCredentialsAsync();
        await CreateAsync(Account());

        StartOperator();

        var status = await BecomesAsync(Reasons.Connected);
        AssertSays(status, "Ready", $"Connected as {status.Owner!.UserId}");
        Assert.Equal(Ana.AccountId, status.Owner.AccountId);
        Assert.Equal(("MCP", "carto-emulator 1.0.0"), (status.Api!.Kind, status.Api.Server));
        Assert.Contains(status.Api.Tools!, line => line.StartsWith("create: manage_oauth_clients(", StringComparison.Ordinal));
        Assert.Equal(3, status.ManagedClients);
        Assert.Equal([("Normal", "Connected")], await EventsAsync(1));
    }
}
