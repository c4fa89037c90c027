using System.Net.Http.Headers;
using k8s.Authentication;

namespace Operator.Hosting;

/// <summary>
/// A token rotated externally in a file. It is reread every few seconds rather than on changes: in a Kubernetes volume, symlinks are
/// swapped and the file's timestamp may not change.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="time">Clock.</param>
internal sealed class TokenFile(string path, TimeProvider time) : ITokenProvider
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(10);

    private volatile Copy? _last;

    /// <summary>The token in the file, or the last one read if the file is temporarily unreadable.</summary>
    /// <exception cref="IOException">The file is unreadable or empty, and no token was read before.</exception>
    public string Read()
    {
        if (_last is { } known && time.GetElapsedTime(known.ReadAt) < Freshness)
        {
            return known.Token;
        }

        var now = time.GetTimestamp();
        try
        {
            var token = File.ReadAllText(path).Trim();
            _last = token.Length > 0 ? new Copy(token, now) : throw new IOException($"the token file {path} is empty");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _last = (_last ?? throw new IOException($"the token file cannot be used: {exception.Message}", exception)) with
            {
                ReadAt = now,
            };
        }

        return _last.Token;
    }

    /// <inheritdoc />
    public Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new AuthenticationHeaderValue("Bearer", Read()));

    private sealed record Copy(string Token, long ReadAt);
}
