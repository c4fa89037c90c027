namespace Operator.Tests.FirstContact;

/// <summary>What becomes of an account and a client in it.</summary>
internal abstract record Ending
{
    private Ending() { }

    /// <summary>The client lives through all that a resource can ask for, and none is left after it.</summary>
    public sealed record Works : Ending;

    /// <summary>The account is not Ready, and nothing is created.</summary>
    /// <param name="Reason">The reason of its condition.</param>
    /// <param name="Says">What its message says: why, and what to do.</param>
    public sealed record AccountFails(string Reason, params string[] Says) : Ending;

    /// <summary>The account is Ready, and CARTO refuses to create.</summary>
    /// <param name="Reason">The reason of the client's condition.</param>
    /// <param name="Says">What its message says.</param>
    public sealed record CreationFails(string Reason, params string[] Says) : Ending;

    /// <summary>A client is created, and gets no token.</summary>
    /// <param name="Reason">The reason of the client's condition.</param>
    /// <param name="Says">What its message says.</param>
    public sealed record CredentialsFail(string Reason, params string[] Says) : Ending;
}
