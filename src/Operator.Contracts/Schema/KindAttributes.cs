namespace Operator.Contracts.Schema;

/// <summary>How a kind is served, beside what its <c>KubernetesEntity</c> says.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CustomResourceAttribute(ResourceScope scope, string singular, params string[] shortNames) : Attribute
{
    public ResourceScope Scope => scope;

    public string Singular => singular;

    public IReadOnlyList<string> ShortNames => shortNames;
}

/// <summary>Whether objects of a kind live in a namespace.</summary>
public enum ResourceScope
{
    Namespaced,
    Cluster,
}

/// <summary>A column that <c>kubectl get</c> prints; in the order of the attributes.</summary>
/// <param name="name">Heading; kubectl prints it in capitals.</param>
/// <param name="path">Where the value is.</param>
/// <param name="description">What it means.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class PrinterColumnAttribute(string name, string path, string description) : Attribute
{
    public string Name => name;

    public string Path => path;

    public string Description => description;

    /// <summary>Type of the value: string, integer or date (printed as an age).</summary>
    public string Type { get; init; } = "string";

    /// <summary>Whether it is printed by <c>kubectl get -o wide</c> only.</summary>
    public bool WideOnly { get; init; }
}

/// <summary>A field that <c>kubectl get --field-selector</c> and watches can select by.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class SelectableFieldAttribute(string path) : Attribute
{
    public string Path => path;
}
