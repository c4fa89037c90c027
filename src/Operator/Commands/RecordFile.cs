using Operator.Hosting;

namespace Operator.Commands;

/// <summary>A new file for a record that only its owner can read. It is gone again if nothing is written.</summary>
internal sealed class RecordFile : IDisposable
{
    private readonly string _path;
    private readonly StreamWriter _writer;
    private bool _isWritten;

    private RecordFile(string path, FileStream stream)
    {
        _path = path;
        _writer = new StreamWriter(stream);
    }

    /// <summary>Creates it.</summary>
    /// <exception cref="InvalidSettingException">It exists, or cannot be created.</exception>
    public static RecordFile Open(string path)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            return new RecordFile(path, new FileStream(path, options));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InvalidSettingException(
                File.Exists(path)
                    ? $"--record: the file {path} exists: name one that does not"
                    : $"--record: the file {path} cannot be created: {exception.Message}"
            );
        }
    }

    /// <summary>Writes the record.</summary>
    public void Write(string record)
    {
        _writer.Write(record);
        _isWritten = true;
    }

    public void Dispose()
    {
        _writer.Dispose();
        if (!_isWritten)
        {
            File.Delete(_path);
        }
    }
}
