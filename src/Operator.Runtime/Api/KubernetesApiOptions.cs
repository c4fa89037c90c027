namespace Operator.Runtime;

/// <summary>Options for calls to the API server.</summary>
public sealed record KubernetesApiOptions
{
    /// <summary>Value of the header <c>User-Agent</c>, which audit logs show.</summary>
    public string UserAgent { get; init; } = "operator-runtime";

    /// <summary>Field manager for writes; at most 128 characters.</summary>
    public string FieldManager { get; init; } = "operator";

    /// <summary>Additional headers for every request, such as for impersonation.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Headers { get; init; } = [];

    /// <summary>Timeout of a call, including the response. Watches have their own limits.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
