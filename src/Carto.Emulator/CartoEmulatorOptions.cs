namespace Carto.Emulator;

/// <summary>Options of an emulator. By default it is ephemeral and uses a free port.</summary>
public sealed record CartoEmulatorOptions
{
    /// <summary>
    /// Where to listen: <c>https</c> or <c>http</c>, an IP address or <c>localhost</c> (which is 127.0.0.1), port 0 for a free one. The
    /// first is its base URL, see <see cref="CartoEmulator.BaseUrl"/>.
    /// </summary>
    public IReadOnlyList<Uri> Urls { get; init; } = [new("https://127.0.0.1:0")];

    /// <summary>Names in the server certificate in addition to <c>localhost</c>, 127.0.0.1 and ::1.</summary>
    public IReadOnlyList<string> HostNames { get; init; } = [];

    /// <summary>
    /// File to persist users, clients, keys and the certificate authority; created if missing. Null for in-memory only. Acknowledged
    /// changes survive a crash of the process, but of the machine only as far as its file system has flushed them.
    /// </summary>
    public string? StateFile { get; init; }

    /// <summary>Audience of tokens.</summary>
    public string Audience { get; init; } = "carto-cloud-native-api";

    /// <summary>Initial variants.</summary>
    public EmulatorVariants Variants { get; init; } = new();

    /// <summary>Clock for tokens, creation times, faults and delays. Certificates use the system clock, as their verifiers do.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Logger factory; null to disable logging. Not disposed by the emulator.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}
