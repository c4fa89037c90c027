namespace Operator.Contracts.Schema;

/// <summary>How a kind is served, in addition to its <c>KubernetesEntity</c>.</summary>
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

/// <summary>A column of <c>kubectl get</c>, in the order of the attributes.</summary>
/// <param name="name">Heading; kubectl prints it in capitals.</param>
/// <param name="path">Path of the value.</param>
/// <param name="description">Its meaning.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class PrinterColumnAttribute(string name, string path, string description) : Attribute
{
    public string Name => name;

    public string Path => path;

    public string Description => description;

    /// <summary>Type of the value: string, integer or date (printed as an age).</summary>
    public string Type { get; init; } = "string";

    /// <summary>Whether it is only printed by <c>kubectl get -o wide</c>.</summary>
    public bool WideOnly { get; init; }
}

/// <summary>A selectable field for <c>kubectl get --field-selector</c> and watches.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class SelectableFieldAttribute(string path) : Attribute
{
    public string Path => path;
}
