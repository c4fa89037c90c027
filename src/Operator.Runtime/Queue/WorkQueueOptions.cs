namespace Operator.Runtime;

/// <summary>Settings of a <see cref="WorkQueue{TKey}"/>.</summary>
public sealed record WorkQueueOptions
{
    /// <summary>
    /// Longest delay after the first failure of a key; doubled with each further one, and shortened at random by up to a half.
    /// </summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest delay after any failure.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many fresh keys in a row may pass a waiting background key.</summary>
    public int FreshPerBackground { get; init; } = 8;
}
