namespace Operator.Carto.Http;

/// <summary>
/// The body of an answer, as it arrives: bounded in size and time, and failing with what <see cref="Failures"/> calls it. Also an
/// answer that comes in events is only as long as this allows.
/// </summary>
internal sealed class GuardedStream(Stream inner, CallLimits limits) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
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

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

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
