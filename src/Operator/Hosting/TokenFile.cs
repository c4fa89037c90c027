using System.Net.Http.Headers;
using k8s.Authentication;

namespace Operator.Hosting;

/// <summary>
/// A token that something else keeps fresh in a file. It is read again every few seconds and not when the file seems to have changed: where
/// a path leads through links, as in a volume of Kubernetes, they are exchanged and the file keeps its time.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="time">Clock.</param>
internal sealed class TokenFile(string path, TimeProvider time) : ITokenProvider
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(10);

    private volatile Copy? _last;

    /// <summary>The token as the file has it, or had it last: one that cannot be read just now is no reason to forget it.</summary>
    /// <exception cref="IOException">The file cannot be read, or is empty, and never could.</exception>
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
            _last = (_last ?? throw new IOException($"the token file cannot be used: {exception.Message}", exception)) with { ReadAt = now };
        }

        return _last.Token;
    }

    /// <inheritdoc />
    public Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new AuthenticationHeaderValue("Bearer", Read()));

    private sealed record Copy(string Token, long ReadAt);
}
