using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Carto.Emulator;

/// <summary>
/// The state file: one JSON line per change, written to the operating system before the change is acknowledged, so that a crash of this
/// process loses none. It is rewritten atomically, by rename, at each start.
/// </summary>
internal sealed class Journal : IDisposable
{
    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private readonly Utf8JsonWriter _writer;

    private Journal(FileStream file)
    {
        _file = file;
        _writer = new Utf8JsonWriter(_line);
    }

    /// <summary>Entries of a file in order; none if it does not exist. Ignores a truncated last line.</summary>
    public static IEnumerable<JournalEntry> Read(string path)
    {
        if (!File.Exists(path))
        {
            yield break;
        }

        // Exclusive: two emulators must not write to one file.
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        using var reader = new StreamReader(file);
        var number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            JournalEntry? entry;
            try
            {
                entry = JsonSerializer.Deserialize(line, JournalJsonContext.Default.JournalEntry);
            }
            catch (JsonException e)
            {
                if (reader.Peek() < 0)
                {
                    yield break;
                }

                throw new InvalidDataException($"Line {number} of the state file {path} is not an entry of it.", e);
            }

            yield return entry ?? throw new InvalidDataException($"Line {number} of the state file {path} is not an entry of it.");
        }
    }

    /// <summary>Replaces the file by one with <paramref name="entries"/>, and keeps it open for appending.</summary>
    public static Journal Create(string path, IEnumerable<JournalEntry> entries)
    {
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var journal = new Journal(new FileStream(full + ".new", options));
        try
        {
            foreach (var entry in entries)
            {
                journal.Append(entry);
            }

            journal._file.Flush(flushToDisk: true);
            File.Move(full + ".new", full, overwrite: true);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Adds an entry. The caller must hold the lock.</summary>
    public void Append(JournalEntry entry)
    {
        _line.ResetWrittenCount();
        _writer.Reset();
        JsonSerializer.Serialize(_writer, entry, JournalJsonContext.Default.JournalEntry);
        _line.Write("\n"u8);
        var end = _file.Position;
        try
        {
            _file.Write(_line.WrittenSpan);
        }
        catch
        {
            // A partial line (a full disk) must not be the start of the next one.
            _file.SetLength(end);
            _file.Position = end;
            throw;
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        _file.Dispose();
    }
}

/// <summary>One change: the member that is set holds the new state.</summary>
internal sealed record JournalEntry
{
    public EmulatorUser? User { get; init; }

    public EmulatorClient? Client { get; init; }

    public GrantedToken? Token { get; init; }

    public EmulatorKeys? Keys { get; init; }
}

/// <summary>A refresh token or an API access token of a user.</summary>
internal sealed record GrantedToken(string Value, TokenKind Kind, string UserId, bool Ended = false)
{
    public override string ToString() => $"{Kind} token of {UserId}";
}

internal enum TokenKind
{
    Access,
    M2M,
    Refresh,
    ApiAccess,
}

/// <summary>Keys that must persist for callers to keep trusting this emulator, in PEM.</summary>
internal sealed record EmulatorKeys(string SigningKey, string AuthorityCertificate, string AuthorityKey)
{
    public override string ToString() => nameof(EmulatorKeys);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(JournalEntry))]
internal sealed partial class JournalJsonContext : JsonSerializerContext;
