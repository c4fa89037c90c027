namespace Operator.Secrets;

/// <summary>What a resource sees of its credentials Secret.</summary>
internal abstract record SecretView
{
    private SecretView()
    {
    }

    /// <summary>There is none.</summary>
    public sealed record Absent : SecretView;

    /// <summary>There is one that is not this resource's.</summary>
    /// <param name="Owner">Whose it is, as a person would say it.</param>
    public sealed record Foreign(string Owner) : SecretView;

    /// <summary>There is one that is this resource's.</summary>
    /// <param name="ClientId">Client ID that its annotation names; null when it bears none.</param>
    /// <param name="Serial">Serial that its annotation names; 0 when it bears none.</param>
    /// <param name="RenderedFrom">Fingerprint of the inputs it was rendered from.</param>
    /// <param name="ResourceVersion">Version of the object.</param>
    public sealed record Ours(string? ClientId, int Serial, string? RenderedFrom, string ResourceVersion) : SecretView
    {
        /// <summary>It goes with the resource; else it outlives it.</summary>
        public bool IsOwned { get; init; } = true;
    }
}
