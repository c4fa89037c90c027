using Operator.Contracts;

namespace Operator.Access;

/// <summary>An account as seen by a resource.</summary>
internal abstract record AccountView
{
    private AccountView() { }

    /// <summary>Which account it is.</summary>
    public AccountKey Key { get; init; }

    /// <summary>Public endpoints of the account that go into a Secret; null if the account does not exist.</summary>
    public Endpoints? Endpoints { get; init; }

    /// <summary>Why only revocation is allowed in it, usable or not; null if everything is.</summary>
    public Restriction? Denied { get; init; }

    /// <summary>Its API can be used.</summary>
    public sealed record Available(AccountRecord Account, bool CanRename) : AccountView
    {
        /// <summary>Why no client may be created in it; null if one may.</summary>
        public Restriction? CreateDenied { get; init; }

        /// <summary>Which of its clients may be adopted; null for none.</summary>
        public AdoptionPolicy? Adoption { get; init; }
    }

    /// <summary>This process has not probed it yet.</summary>
    public sealed record Unknown : AccountView;

    /// <summary>It cannot be used, with a message for people.</summary>
    public sealed record Unavailable(string Reason, string Message) : AccountView;
}

/// <summary>Why something is not allowed in an account even though the account may work.</summary>
/// <param name="Reason">For programs.</param>
/// <param name="Message">For people.</param>
internal sealed record Restriction(string Reason, string Message)
{
    /// <summary>The account is being reconciled: nothing to report, and waiting resources will be woken.</summary>
    public static readonly Restriction NotYet = new(Reasons.AccountNotReady, "");
}
