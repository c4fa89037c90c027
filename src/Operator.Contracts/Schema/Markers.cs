namespace Operator.Contracts.Schema;

/// <summary>A field that exists in kinds of cluster scope only.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ClusterOnlyAttribute : Attribute;

/// <summary>
/// Most characters of a text, items of a list or entries of a map. What .NET has for it finds the size of any object by reflection, which rules
/// native code out.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MostAttribute(int count) : Attribute
{
    public int Count => count;
}

/// <summary>Most characters of each value of a map, or of each item of a list whose items have no rule of their own.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MaxItemLengthAttribute(int length) : Attribute
{
    public int Length => length;
}

/// <summary>A list whose items differ: from each other as a whole, or in the fields named.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DistinctAttribute(params string[] keys) : Attribute
{
    public IReadOnlyList<string> Keys => keys;
}
