namespace Operator.Contracts;

/// <summary>Types of the conditions in a status. They follow kstatus, so that kubectl wait, Flux and Argo CD understand them.</summary>
public static class ConditionTypes
{
    /// <summary>Normal-true. The resource is usable: its Secret holds a pair that works; or the account's API can be used.</summary>
    public const string Ready = "Ready";

    /// <summary>Abnormal-true, absent otherwise. The operator is still working towards the spec, or retries.</summary>
    public const string Reconciling = "Reconciling";

    /// <summary>Abnormal-true, absent otherwise. Nothing more happens until a person changes something; the message says what.</summary>
    public const string Stalled = "Stalled";

    /// <summary>
    /// Normal-true. CARTO and the Secret are as the spec says, in every field; or, of an account, nothing speaks against putting right what
    /// differs in CARTO from the resources' records; unknown when they could not be compared. An account has none before its first comparison.
    /// </summary>
    public const string Synced = "Synced";

    /// <summary>Normal-true. A token was obtained with the pair in the Secret.</summary>
    public const string CredentialsVerified = "CredentialsVerified";
}
