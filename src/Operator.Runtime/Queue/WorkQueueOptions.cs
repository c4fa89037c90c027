namespace Operator.Runtime;

/// <summary>Settings of a <see cref="WorkQueue{TKey}"/>.</summary>
public sealed record WorkQueueOptions
{
    /// <summary>Backoff after the first failure of a key; doubled with each further one, with up to 50% negative jitter.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Maximum backoff.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many consecutive fresh keys may pass a waiting background key.</summary>
    public int FreshPerBackground { get; init; } = 8;
}
