namespace Operator.Contracts;

/// <summary>Types of the conditions in a status. They follow kstatus, so that kubectl wait, Flux and Argo CD understand them.</summary>
public static class ConditionTypes
{
    /// <summary>Normal-true. The resource is usable: its Secret holds working credentials, or the account's API can be used.</summary>
    public const string Ready = "Ready";

    /// <summary>Abnormal-true, absent otherwise. The operator is still reconciling the spec, or retrying.</summary>
    public const string Reconciling = "Reconciling";

    /// <summary>
    /// Abnormal-true, absent otherwise. Nothing more happens until a person changes something; the message explains what.
    /// </summary>
    public const string Stalled = "Stalled";

    /// <summary>
    /// Normal-true. For a resource, CARTO and the Secret match the spec in every field. For an account, any drift between CARTO and the
    /// resources' records can be repaired; unknown if they could not be compared, and absent before the first drift check.
    /// </summary>
    public const string Synced = "Synced";

    /// <summary>Normal-true. A token was obtained with the credentials in the Secret.</summary>
    public const string CredentialsVerified = "CredentialsVerified";
}
