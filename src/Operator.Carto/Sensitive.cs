namespace Operator.Carto;

/// <summary>A secret or token that prints as <c>***</c>, so that logs, exceptions and interpolation cannot leak it.</summary>
public sealed class Sensitive(string value) : IEquatable<Sensitive>
{
    /// <summary>The value itself; only for code that needs it.</summary>
    public string Reveal() => value;

    public bool Equals(Sensitive? other) => other is not null && string.Equals(value, other.Reveal(), StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as Sensitive);

    public override int GetHashCode() => value.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => "***";
}
