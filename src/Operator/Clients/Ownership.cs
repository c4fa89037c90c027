namespace Operator.Clients;

/// <summary>Who owns a client.</summary>
internal enum Ownership
{
    /// <summary>No list has been read yet.</summary>
    Unknown,

    /// <summary>It has the resource's mark, was created by this process, or is adopted with the account's consent.</summary>
    Ours,

    /// <summary>It has the resource's mark, but an account logs in with it.</summary>
    Login,

    /// <summary>CARTO lists it without the resource's mark.</summary>
    NotOurs,

    /// <summary>CARTO does not list it.</summary>
    Absent,

    /// <summary>CARTO does not list it, but it was created so recently that it may not show up yet.</summary>
    TooNew,

    /// <summary>The list lacks it but is incomplete.</summary>
    Unseen,
}
