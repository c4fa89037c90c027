namespace Operator.Runtime;

/// <summary>How to talk to the API server.</summary>
public sealed record KubernetesApiOptions
{
    /// <summary>Value of the header <c>User-Agent</c>, which audit logs show.</summary>
    public string UserAgent { get; init; } = "operator-runtime";

    /// <summary>Name under which the server records what was written; at most 128 characters.</summary>
    public string FieldManager { get; init; } = "operator";

    /// <summary>Headers of every request besides the usual ones, such as those by which one user acts as another.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Headers { get; init; } = [];

    /// <summary>How long a call may take, its answer included. Watches have limits of their own.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
