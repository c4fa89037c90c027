namespace Operator.Manifests.Output;

/// <summary>A file as it should be.</summary>
/// <param name="Path">Where it belongs below the repository, with forward slashes.</param>
/// <param name="Content">All of it.</param>
internal sealed record GeneratedFile(string Path, string Content);
