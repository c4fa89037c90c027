namespace Operator.Runtime;

/// <summary>One request.</summary>
/// <param name="Verb">Kubernetes' verb, for metrics and messages.</param>
/// <param name="Resource">Plural of the kind, for metrics and messages.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path and query, relative to the server's address.</param>
internal readonly record struct ApiCall(string Verb, string Resource, HttpMethod Method, string Path)
{
    public string Accept { get; init; } = "application/json";

    public ReadOnlyMemory<byte>? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    public ObjectKey? Key { get; init; }

    /// <summary>The call in words, without its query and its body.</summary>
    public string Describe() => Key is { } key ? $"{Verb} {Resource} {key}" : $"{Verb} {Resource}";
}
