using Operator.Carto.Http;

namespace Operator.Carto.Records;

/// <summary>Passes a body on and keeps a copy of what was read, up to a limit.</summary>
internal sealed class CopyingStream(Stream inner, int most) : ReadOnlyStream
{
    private readonly MemoryStream _copy = new();

    /// <summary>What was read so far.</summary>
    public byte[] Copy
    {
        get
        {
            lock (_copy)
            {
                return _copy.ToArray();
            }
        }
    }

    /// <summary>Its size, in bytes.</summary>
    public int Size
    {
        get
        {
            lock (_copy)
            {
                return (int)_copy.Length;
            }
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        Keep(buffer.Span[..count]);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Keep(buffer.AsSpan(offset, read));
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Keep(ReadOnlySpan<byte> read)
    {
        // Another thread may look at the copy while a cancelled call still reads.
        lock (_copy)
        {
            _copy.Write(read[..(int)Math.Min(read.Length, most - _copy.Length)]);
        }
    }
}
