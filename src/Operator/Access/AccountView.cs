using Operator.Contracts;

namespace Operator.Access;

/// <summary>What a resource sees of its account.</summary>
internal abstract record AccountView
{
    private AccountView()
    {
    }

    /// <summary>Which account it is.</summary>
    public AccountKey Key { get; init; }

    /// <summary>Public facts of the account that go into a Secret; null when the account does not exist.</summary>
    public Endpoints? Endpoints { get; init; }

    /// <summary>Why nothing may be done in it but to revoke, whether it can be used or not; null when all may.</summary>
    public Restriction? Denied { get; init; }

    /// <summary>Its API can be used.</summary>
    public sealed record Available(AccountRecord Account, bool CanRename) : AccountView
    {
        /// <summary>Why no client may be created in it; null when one may.</summary>
        public Restriction? CreateDenied { get; init; }

        /// <summary>Which of its clients may be adopted; null: none.</summary>
        public AdoptionPolicy? Adoption { get; init; }
    }

    /// <summary>This process has not yet tried it.</summary>
    public sealed record Unknown : AccountView;

    /// <summary>It cannot be used, for a reason that a person can read.</summary>
    public sealed record Unavailable(string Reason, string Message) : AccountView;
}

/// <summary>Why something may not be done in an account, although it may work.</summary>
/// <param name="Reason">For programs.</param>
/// <param name="Message">For people.</param>
internal sealed record Restriction(string Reason, string Message)
{
    /// <summary>It is being seen to: there is nothing to say, and whoever waits for the account is told.</summary>
    public static readonly Restriction NotYet = new(Reasons.AccountNotReady, "");
}
