namespace Operator.Runtime;

/// <summary>What an <see cref="Informer{T}"/> watches and how.</summary>
public sealed record InformerOptions
{
    /// <summary>Only these namespaces; empty for all. Ignored for cluster-scoped kinds.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Only objects with these labels, as in <c>app=x,tier!=y</c>; null for all.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Only objects with these fields, as in <c>metadata.name=x</c>; null for all.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Objects per list page.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>
    /// Minimum watch timeout requested from the server; the maximum is twice that. Random in between, so that watches do not all reconnect
    /// at once.
    /// </summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a watch may deliver nothing, not even a bookmark, before its connection counts as dead; null for the requested watch
    /// timeout plus half a minute.
    /// </summary>
    public TimeSpan? SilenceTimeout { get; init; }

    /// <summary>Backoff after the first failure; doubled with each further one, with up to 50% negative jitter.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Maximum backoff.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);
}
