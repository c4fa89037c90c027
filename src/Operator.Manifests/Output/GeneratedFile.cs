namespace Operator.Manifests.Output;

/// <summary>The expected content of a file.</summary>
/// <param name="Path">Its path relative to the repository, with forward slashes.</param>
/// <param name="Content">Its full content.</param>
internal sealed record GeneratedFile(string Path, string Content);
