namespace Operator.Secrets;

/// <summary>A credentials Secret as seen by its resource.</summary>
internal abstract record SecretView
{
    private SecretView() { }

    /// <summary>There is none.</summary>
    public sealed record Absent : SecretView;

    /// <summary>It belongs to another owner.</summary>
    /// <param name="Owner">Display name of the owner.</param>
    public sealed record Foreign(string Owner) : SecretView;

    /// <summary>It belongs to this resource.</summary>
    /// <param name="ClientId">Client ID in its annotation; null if it has none.</param>
    /// <param name="Serial">Serial in its annotation; 0 if it has none.</param>
    /// <param name="RenderedFrom">Fingerprint of the inputs it was rendered from.</param>
    /// <param name="ResourceVersion">Version of the object.</param>
    public sealed record Ours(string? ClientId, int Serial, string? RenderedFrom, string ResourceVersion) : SecretView
    {
        /// <summary>Whether it is deleted with the resource rather than outliving it.</summary>
        public bool IsOwned { get; init; } = true;
    }
}
