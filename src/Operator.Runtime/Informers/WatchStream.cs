using System.Net;
using System.Text.Json;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>Type of a watch event.</summary>
internal enum WatchEventKind
{
    Added,
    Modified,
    Deleted,
    Bookmark,
    Error,
    Malformed,
}

/// <summary>One line of a watch.</summary>
/// <param name="Kind">The type.</param>
/// <param name="Object">The object; null for bookmarks, errors and malformed objects.</param>
/// <param name="ResourceVersion">The version the watch has reached, if the line has one.</param>
/// <param name="Error">For <see cref="WatchEventKind.Error"/>, the server's error.</param>
/// <param name="Malformed">For <see cref="WatchEventKind.Malformed"/>, what is known about the object.</param>
internal readonly record struct WatchEvent<T>(
    WatchEventKind Kind,
    T? Object,
    string? ResourceVersion,
    KubernetesApiException? Error,
    Malformed? Malformed
)
    where T : class, IKubernetesObject<V1ObjectMeta>;

/// <summary>Reads a watch line by line from one buffer, without allocating strings.</summary>
internal sealed class WatchStream<T>(ResourceClient<T> client, HttpResponseMessage response, Stream stream) : IDisposable
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    // An object is at most about 1.5 MiB in etcd; as JSON with escapes and managedFields it can be several times that.
    internal const int MaxLineBytes = 16 * 1024 * 1024;
    private const int UsualBytes = 16 * 1024;

    private byte[] _buffer = ByteRental.Rent(UsualBytes);
    private int _start;
    private int _end;
    private int _searched;
    private bool _skipping;

    /// <summary>Reads the next event; null if the server ended the watch.</summary>
    /// <param name="onBytes">Called whenever data arrives, even part of a line.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The connection broke, possibly in the middle of a line.</exception>
    public async ValueTask<WatchEvent<T>?> ReadAsync(Action onBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            while (TryTakeLine(out var line))
            {
                if (line.Length > 0)
                {
                    return Decode(_buffer.AsSpan(line.Start, line.Length));
                }
            }

            if (MakeRoom())
            {
                var tooLong = new Malformed(null, null, $"The line is longer than {MaxLineBytes} bytes.");
                return new WatchEvent<T>(WatchEventKind.Malformed, null, null, null, tooLong);
            }

            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
            {
                return _start == _end && !_skipping ? null : throw new IOException("The watch ended in the middle of a line.");
            }

            _end += read;
            onBytes();
        }
    }

    public void Dispose()
    {
        response.Dispose();
        if (_buffer.Length > 0)
        {
            ByteRental.Return(_buffer);
            _buffer = [];
        }
    }

    private bool TryTakeLine(out (int Start, int Length) line)
    {
        var newline = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
        if (newline < 0)
        {
            _searched = _end;
            line = default;
            return false;
        }

        var end = _searched + newline;
        line = _skipping ? (end, 0) : (_start, end - _start);
        _skipping = false;
        _start = _searched = end + 1;
        return true;
    }

    /// <summary>Makes room for more bytes; true if it had to skip a line that is too long.</summary>
    private bool MakeRoom()
    {
        if (_skipping || _start == _end)
        {
            _start = _end = _searched = 0;
            if (!_skipping && _buffer.Length > 16 * UsualBytes)
            {
                // One large object must not pin its buffer for the lifetime of the watch.
                ByteRental.Return(_buffer);
                _buffer = ByteRental.Rent(UsualBytes);
            }

            return false;
        }

        if (_end < _buffer.Length)
        {
            return false;
        }

        var length = _end - _start;
        if (length >= MaxLineBytes)
        {
            _skipping = true;
            _start = _end = _searched = 0;
            return true;
        }

        var target = length > _buffer.Length / 2 ? ByteRental.Rent(_buffer.Length * 2) : _buffer;
        Buffer.BlockCopy(_buffer, _start, target, 0, length);
        if (target != _buffer)
        {
            ByteRental.Return(_buffer);
            _buffer = target;
        }

        (_start, _end, _searched) = (0, length, length);
        return false;
    }

    private WatchEvent<T> Decode(ReadOnlySpan<byte> line)
    {
        WatchEventKind? kind = null;
        var json = ReadOnlySpan<byte>.Empty;
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.ValueTextEquals("type"u8);
                var isObject = reader.ValueTextEquals("object"u8);
                reader.Read();
                if (isType)
                {
                    kind = KindOf(ref reader);
                }
                else if (isObject)
                {
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    json = line[start..(int)reader.BytesConsumed];
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (JsonException exception)
        {
            return Bad(line, exception);
        }

        switch (kind)
        {
            case WatchEventKind.Bookmark:
                // A bookmark has only a version, so parse it like a malformed object.
                var version = Runtime.Malformed.From(json, new JsonException()).ResourceVersion;
                return new WatchEvent<T>(WatchEventKind.Bookmark, null, version, null, null);
            case WatchEventKind.Error:
                return new WatchEvent<T>(WatchEventKind.Error, null, null, ErrorOf(json), null);
            case null:
                return Bad(json, new JsonException("The type of the event is not known."));
        }

        try
        {
            var value = client.Decode(json);
            return new WatchEvent<T>(kind.Value, value, value.Metadata.ResourceVersion, null, null);
        }
        catch (JsonException exception)
        {
            return Bad(json, exception, deleted: kind == WatchEventKind.Deleted);
        }
    }

    private static WatchEvent<T> Bad(ReadOnlySpan<byte> json, JsonException exception, bool deleted = false)
    {
        var malformed = Runtime.Malformed.From(json, exception) with { Deleted = deleted };
        return new WatchEvent<T>(WatchEventKind.Malformed, null, malformed.ResourceVersion, null, malformed);
    }

    private static WatchEventKind? KindOf(ref Utf8JsonReader reader) =>
        reader.TokenType != JsonTokenType.String ? null
        : reader.ValueTextEquals("ADDED"u8) ? WatchEventKind.Added
        : reader.ValueTextEquals("MODIFIED"u8) ? WatchEventKind.Modified
        : reader.ValueTextEquals("DELETED"u8) ? WatchEventKind.Deleted
        : reader.ValueTextEquals("BOOKMARK"u8) ? WatchEventKind.Bookmark
        : reader.ValueTextEquals("ERROR"u8) ? WatchEventKind.Error
        : null;

    private KubernetesApiException ErrorOf(ReadOnlySpan<byte> json)
    {
        V1Status? status = null;
        try
        {
            status = JsonSerializer.Deserialize(json, RuntimeJsonContext.Default.V1Status);
        }
        catch (JsonException)
        {
            // An error that cannot be parsed is still an error.
        }

        var code = status?.Code is >= 400 and < 600 and { } given ? (HttpStatusCode)given : HttpStatusCode.InternalServerError;
        return KubernetesApi.Refusal($"watch {client.Definition.Plural}", code, status, retryAfter: null);
    }
}
