namespace Operator.Clients;

/// <summary>Whose a client is.</summary>
internal enum Standing
{
    /// <summary>No list was read yet.</summary>
    Unknown,

    /// <summary>It bears the resource's mark, was created by this process, or is adopted with the account's consent.</summary>
    Ours,

    /// <summary>It bears the resource's mark, and an account logs in with it.</summary>
    Login,

    /// <summary>CARTO lists it without the resource's mark.</summary>
    NotOurs,

    /// <summary>CARTO does not list it.</summary>
    Absent,

    /// <summary>CARTO does not list it, and it was created so short a time before that it need not yet.</summary>
    TooNew,

    /// <summary>The list lacks it, and could not be read completely.</summary>
    Unseen,
}
