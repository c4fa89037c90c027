namespace Operator.Runtime;

/// <summary>What an <see cref="Informer{T}"/> watches, and how.</summary>
public sealed record InformerOptions
{
    /// <summary>Only these namespaces; none for all. Kinds without namespaces are followed as a whole.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Only objects with these labels, as in <c>app=x,tier!=y</c>; null for all.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Only objects with these fields, as in <c>metadata.name=x</c>; null for all.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Objects a page of a list.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>
    /// Shortest time that the server is asked to keep a watch open; the longest is twice that. Random in between, so that not all
    /// watches of a cluster are opened anew at once.
    /// </summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a watch may bring nothing, not even a bookmark, before its connection is taken for dead; null for the time that the
    /// server was asked to keep it open plus half a minute.
    /// </summary>
    public TimeSpan? SilenceTimeout { get; init; }

    /// <summary>Longest pause after the first failure; doubled with each further one, and shortened at random by up to a half.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest pause after any failure.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);
}
