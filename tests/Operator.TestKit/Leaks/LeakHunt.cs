using System.Collections.Concurrent;
using Xunit.Sdk;

namespace Operator.TestKit.Leaks;

/// <summary>
/// Searches what people can read for every secret and token that was ever issued: logs, metrics and traces as they come, objects in
/// Kubernetes on request. Whole or in part, as they are or encoded, and for their hashes.
/// Make it before whatever it is to watch.
/// </summary>
/// <param name="issued">
/// All secrets and tokens up to this moment. What was read before one was issued cannot hold it, so everything is searched once.
/// </param>
public sealed class LeakHunt(Func<IEnumerable<string>> issued) : IDisposable
{
    private const int Shown = 80;

    private readonly Lock _lock = new();
    private readonly Needles _needles = new();
    private readonly Telemetry _telemetry = new();
    private readonly ConcurrentDictionary<LogBuffer, long> _logs = new();
    private readonly List<string> _found = [];

    /// <summary>Searches a log, also what will be written to it. What it holds already is searched too.</summary>
    public LeakHunt Watch(LogBuffer log)
    {
        _logs.TryAdd(log, 0);
        return this;
    }

    /// <summary>Searches a text.</summary>
    /// <param name="where">Where it can be read, for the message.</param>
    /// <param name="text">The text.</param>
    public void Check(string where, string text)
    {
        lock (_lock)
        {
            Learn();
            Search(where, text);
        }
    }

    /// <summary>Searches everything in a namespace but the data of its Secrets.</summary>
    public async Task SearchAsync(KubernetesServer server, string @namespace, CancellationToken cancellationToken)
    {
        foreach (var (where, text) in await Readables.ReadAsync(server.Client, @namespace, cancellationToken))
        {
            Check(where, text);
        }
    }

    /// <summary>All that was found so far, in words that tell the place and not the secret.</summary>
    public IReadOnlyList<string> Found()
    {
        lock (_lock)
        {
            Learn();
            foreach (var (log, position) in _logs)
            {
                var end = log.Position;
                var lines = log.Since(position);
                if (lines.Count < end - position)
                {
                    throw new InvalidOperationException("The log has forgotten lines that were not searched.");
                }

                _logs[log] = position + lines.Count;
                foreach (var line in lines)
                {
                    Search("the log", line);
                }
            }

            foreach (var (where, text) in _telemetry.News())
            {
                Search(where, text);
            }

            return [.. _found];
        }
    }

    /// <summary>Fails when anything was found.</summary>
    public void AssertNothing()
    {
        if (Found() is [_, ..] found)
        {
            throw new XunitException($"Secrets can be read where they must not be:\n{string.Join('\n', found)}");
        }
    }

    public void Dispose() => _telemetry.Dispose();

    private void Learn()
    {
        foreach (var secret in issued())
        {
            _needles.Add(secret);
        }
    }

    private void Search(string where, string text)
    {
        if (_needles.FindIn(text) is var (form, index))
        {
            _found.Add($"{form} of a secret is in {where}: {text[..Math.Min(index, Shown)]}...");
        }
    }
}
