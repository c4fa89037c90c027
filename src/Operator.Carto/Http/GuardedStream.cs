namespace Operator.Carto.Http;

/// <summary>
/// A response body bounded in size and time, failing with errors from <see cref="Failures"/>. This also bounds event streams.
/// </summary>
internal sealed class GuardedStream(Stream inner, CallLimits limits) : ReadOnlyStream
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private long _read;
    private bool _begun;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_begun || buffer.Length < ByteOrderMark.Length)
        {
            return await ReadSomeAsync(buffer, cancellationToken);
        }

        _begun = true;
        return await ReadFirstAsync(buffer, cancellationToken);
    }

    /// <summary>Some servers write a byte order mark, which JSON does not allow and parsers reject.</summary>
    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = 0;
        while (true)
        {
            var more = await ReadSomeAsync(buffer[count..], cancellationToken);
            count += more;
            if (
                more == 0
                || !buffer
                    .Span[..Math.Min(count, ByteOrderMark.Length)]
                    .SequenceEqual(ByteOrderMark.AsSpan(0, Math.Min(count, ByteOrderMark.Length)))
            )
            {
                return count;
            }

            if (count >= ByteOrderMark.Length)
            {
                buffer[ByteOrderMark.Length..count].CopyTo(buffer);
                count -= ByteOrderMark.Length;
                return count > 0 ? count : await ReadSomeAsync(buffer, cancellationToken);
            }
        }
    }

    private async ValueTask<int> ReadSomeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limits.Deadline);
        int count;
        try
        {
            count = await inner.ReadAsync(buffer, linked.Token);
        }
        catch (Exception exception) when (limits.Explain(exception, cancellationToken) is { } known)
        {
            throw known;
        }

        _read += count;
        return _read <= limits.MaxBytes ? count : throw limits.TooLarge();
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Answers are read asynchronously.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            limits.Dispose();
        }

        base.Dispose(disposing);
    }
}
