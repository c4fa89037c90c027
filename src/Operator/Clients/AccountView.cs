using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>What a resource sees of its account.</summary>
internal abstract record AccountView
{
    private AccountView()
    {
    }

    /// <summary>Public facts of the account that go into a Secret; null when the account does not exist.</summary>
    public Endpoints? Endpoints { get; init; }

    /// <summary>Its API can be used.</summary>
    public sealed record Available(AccountRecord Account, bool CanRename) : AccountView;

    /// <summary>This process has not yet tried it.</summary>
    public sealed record Unknown : AccountView;

    /// <summary>It cannot be used, for a reason that a person can read.</summary>
    public sealed record Unavailable(string Reason, string Message) : AccountView;
}
