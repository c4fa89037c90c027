namespace Operator.Reliability.World;

/// <summary>What a person does to a status.</summary>
internal enum StatusEdit
{
    /// <summary>All of it goes.</summary>
    Removed,

    /// <summary>The client on record is one that does not exist.</summary>
    GarbageClient,

    /// <summary>The client on record has an empty ID.</summary>
    EmptyClient,

    /// <summary>No client is on record.</summary>
    NoClient,

    /// <summary>The client on record is one that a person made, and that bears no mark.</summary>
    ForeignClient,

    /// <summary>The client on record bears the mark of another cluster.</summary>
    OtherClustersClient,

    /// <summary>The client on record is the one that the account logs in with.</summary>
    Login,

    /// <summary>A client that a person made is to be revoked as a replaced one.</summary>
    ForeignRetiring,

    /// <summary>The client that the account logs in with is to be revoked as a replaced one.</summary>
    LoginRetiring,

    /// <summary>A client that does not exist is to be revoked as a replaced one.</summary>
    GarbageRetiring,

    /// <summary>What was replaced is forgotten.</summary>
    NoRetiring,

    /// <summary>A create that is under way is forgotten.</summary>
    NoPending,

    /// <summary>A create is under way that never was.</summary>
    MadeUpPending,

    /// <summary>The client on record is said to be a later one than it is.</summary>
    HigherSerial,

    /// <summary>No condition is left.</summary>
    NoConditions,

    /// <summary>It says that it is Ready.</summary>
    Ready,
}
