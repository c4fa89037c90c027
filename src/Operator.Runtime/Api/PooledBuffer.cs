namespace Operator.Runtime;

/// <summary>A pooled buffer for responses, reusable one after the other.</summary>
internal sealed class PooledBuffer : IDisposable
{
    private const int UsualBytes = 4096;

    private byte[] _bytes = [];
    private int _length;

    /// <summary>The last response read.</summary>
    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>Reads a whole body, replacing the previous content.</summary>
    /// <exception cref="IOException">The body is larger than <paramref name="limit"/> bytes, or truncated.</exception>
    public async Task ReadAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        _length = 0;
        var expected = (int)Math.Clamp(content.Headers.ContentLength + 1 ?? UsualBytes, UsualBytes, limit);
        if (_bytes.Length < expected)
        {
            Resize(expected);
        }

        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        while (true)
        {
            if (_length == _bytes.Length)
            {
                Resize(_bytes.Length * 2);
            }

            var read = await stream.ReadAsync(_bytes.AsMemory(_length), cancellationToken);
            if (read == 0)
            {
                return;
            }

            _length += read;
            if (_length > limit)
            {
                throw new IOException($"The answer is larger than {limit} bytes.");
            }
        }
    }

    public void Dispose()
    {
        ByteRental.Return(_bytes);
        _bytes = [];
        _length = 0;
    }

    private void Resize(int atLeast)
    {
        var larger = ByteRental.Rent(atLeast);
        Span.CopyTo(larger);
        ByteRental.Return(_bytes);
        _bytes = larger;
    }
}
