namespace Operator.Clients;

/// <summary>What the API server thinks of the Secret that the resource wants.</summary>
internal enum SecretAcceptance
{
    /// <summary>Nothing speaks against it.</summary>
    Unknown,

    /// <summary>It rejected the last write.</summary>
    Refused,

    /// <summary>It did, and a dry run in this run showed that it accepts the Secret now.</summary>
    AcceptedAgain,
}
