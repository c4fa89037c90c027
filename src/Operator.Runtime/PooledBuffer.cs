namespace Operator.Runtime;

/// <summary>An answer in rented memory.</summary>
internal sealed class PooledBuffer : IDisposable
{
    private byte[] _bytes;
    private int _length;

    private PooledBuffer(int capacity) => _bytes = ByteRental.Rent(capacity);

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>Reads a body to its end.</summary>
    /// <exception cref="IOException">The body is larger than <paramref name="limit"/> bytes, or broke off.</exception>
    public static async Task<PooledBuffer> ReadAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        var buffer = new PooledBuffer((int)Math.Clamp(content.Headers.ContentLength + 1 ?? 4096, 4096, limit));
        try
        {
            await using var stream = await content.ReadAsStreamAsync(cancellationToken);
            while (true)
            {
                if (buffer._length == buffer._bytes.Length)
                {
                    buffer.Grow();
                }

                var read = await stream.ReadAsync(buffer._bytes.AsMemory(buffer._length), cancellationToken);
                if (read == 0)
                {
                    return buffer;
                }

                buffer._length += read;
                if (buffer._length > limit)
                {
                    throw new IOException($"The answer is larger than {limit} bytes.");
                }
            }
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        ByteRental.Return(_bytes);
        _bytes = [];
        _length = 0;
    }

    private void Grow()
    {
        var larger = ByteRental.Rent(_bytes.Length * 2);
        Span.CopyTo(larger);
        ByteRental.Return(_bytes);
        _bytes = larger;
    }
}
