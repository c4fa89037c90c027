namespace Carto.Emulator;

/// <summary>How an emulator is started. Everything has a default: an emulator of its own on a free port, gone when it stops.</summary>
public sealed record CartoEmulatorOptions
{
    /// <summary>
    /// Where to listen: <c>https</c> or <c>http</c>, an IP address or <c>localhost</c> (which is 127.0.0.1), port 0 for a free one. The
    /// first is what the emulator calls itself, see <see cref="CartoEmulator.BaseUrl"/>.
    /// </summary>
    public IReadOnlyList<Uri> Urls { get; init; } = [new("https://127.0.0.1:0")];

    /// <summary>Names that the server certificate bears beside <c>localhost</c>, 127.0.0.1 and ::1.</summary>
    public IReadOnlyList<string> HostNames { get; init; } = [];

    /// <summary>
    /// File that users, clients, keys and the certificate authority are kept in; created when it does not exist. Null: in memory only.
    /// An acknowledged change survives the death of the process; that of the machine only as far as its file system had written it.
    /// </summary>
    public string? StateFile { get; init; }

    /// <summary>Audience that tokens are asked and issued for.</summary>
    public string Audience { get; init; } = "carto-cloud-native-api";

    /// <summary>Variants to begin with.</summary>
    public EmulatorVariants Variants { get; init; } = new();

    /// <summary>Clock of tokens, creation times, faults and delays. Certificates follow the system's, as their readers do.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where to log; null: nowhere. Not disposed by the emulator.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}
