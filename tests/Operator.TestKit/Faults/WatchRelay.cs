using System.Text;

namespace Operator.TestKit.Faults;

/// <summary>A watch on its way from the server to the client, a line at a time.</summary>
public sealed class WatchRelay
{
    private readonly ProxyExchange _exchange;
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private ReadOnlyMemory<byte> _unsent;

    internal WatchRelay(ProxyExchange exchange, Stream stream)
    {
        _exchange = exchange;
        _stream = stream;
    }

    /// <summary>Passes on so many events (lines), whole; fewer only when the server ends the watch.</summary>
    public async Task PassEventsAsync(int count)
    {
        while (count > 0 && await FillAsync())
        {
            var newline = _unsent.Span.IndexOf((byte)'\n');
            count -= newline >= 0 ? 1 : 0;
            await SendAsync(newline >= 0 ? newline + 1 : _unsent.Length);
        }
    }

    /// <summary>Passes on so many bytes, wherever that ends.</summary>
    public async Task PassBytesAsync(int count)
    {
        while (count > 0 && await FillAsync())
        {
            var now = Math.Min(count, _unsent.Length);
            count -= now;
            await SendAsync(now);
        }
    }

    /// <summary>Passes on all that still comes.</summary>
    public async Task PassRestAsync()
    {
        while (await FillAsync())
        {
            await SendAsync(_unsent.Length);
        }
    }

    /// <summary>Sends a line of its own.</summary>
    public Task InjectAsync(string line) => _exchange.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Waits for the next event, sends the first half of its line and cuts the connection.</summary>
    public async Task CutMidLineAsync()
    {
        if (await FillAsync())
        {
            var newline = _unsent.Span.IndexOf((byte)'\n');
            await SendAsync((newline >= 0 ? newline : _unsent.Length) / 2);
        }

        _exchange.Cut();
    }

    /// <summary>Cuts the connection.</summary>
    public void Cut() => _exchange.Cut();

    /// <summary>Sends nothing any more and keeps the connection open, until the client gives up.</summary>
    public Task StaySilentAsync() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _exchange.Ended);

    private async Task<bool> FillAsync()
    {
        if (_unsent.IsEmpty)
        {
            _unsent = _buffer.AsMemory(0, await _stream.ReadAsync(_buffer, _exchange.Ended));
        }

        return !_unsent.IsEmpty;
    }

    private async Task SendAsync(int count)
    {
        await _exchange.WriteAsync(_unsent[..count]);
        _unsent = _unsent[count..];
    }
}
