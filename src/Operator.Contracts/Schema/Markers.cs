namespace Operator.Contracts.Schema;

/// <summary>A field that only exists in cluster-scoped kinds.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ClusterOnlyAttribute : Attribute;

/// <summary>
/// Maximum characters of a string, items of a list or entries of a map. .NET's own attribute uses reflection, which rules out native AOT.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MostAttribute(int count) : Attribute
{
    public int Count => count;
}

/// <summary>Maximum characters of each map value, or of each list item without its own rule.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MaxItemLengthAttribute(int length) : Attribute
{
    public int Length => length;
}

/// <summary>A list with unique items, as a whole or by the named fields.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DistinctAttribute(params string[] keys) : Attribute
{
    public IReadOnlyList<string> Keys => keys;
}
