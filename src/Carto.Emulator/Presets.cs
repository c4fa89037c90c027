namespace Carto.Emulator;

/// <content>Variants by name.</content>
public sealed partial record EmulatorVariants
{
    /// <summary>
    /// The CARTO of the documents: what is documented, measured by others, or most likely. Without the time a connect takes, which
    /// <see cref="LikelyAtPace"/> has. What cannot be known is as the operator hopes: an M2M token may do what its owner may.
    /// </summary>
    public static EmulatorVariants Likely { get; } =
        new()
        {
            BasicAuthentication = false,
            Addresses = new McpAddresses { Api = false, Ai = true },
            ProtocolVersion = "2025-06-18",
            Challenge = true,
            ToolsPageSize = 25,
            OtherTools = OtherTools.Groups,
            CustomerTools = CustomerTool.Most,
            IdArgument = "client_id",
            TypeArgument = "clientType",
            TypeValues = ["m2m", "spa"],
            ExtraArguments = ["allowedCallbackUrls", "allowed_logout_urls", "webOrigins"],
            TypeField = "app_type",
            TypeWord = "non_interactive",
            CreatedAtField = "created_at",
            WrapInData = true,
            StatusBesideData = true,
            ErrorAnswer = ErrorAnswer.Text,
            SpaClients = 1,
            QuotaMessage = "You have reached the entity limit",
        };

    /// <summary><see cref="Likely"/> with the time that a connect takes: what a person sees, not what a test waits for.</summary>
    public static EmulatorVariants LikelyAtPace { get; } = Likely with { ConnectLatency = TimeSpan.FromSeconds(1.5) };

    /// <summary>All presets, by the names of the command line and the admin endpoint.</summary>
    internal static IReadOnlyDictionary<string, EmulatorVariants> Presets { get; } =
        new Dictionary<string, EmulatorVariants>(StringComparer.Ordinal)
        {
            ["default"] = new EmulatorVariants(),
            ["likely"] = LikelyAtPace,
        };

    /// <summary>A preset by name; <see cref="ArgumentException"/> if there is none.</summary>
    internal static EmulatorVariants Preset(string name) =>
        Presets.TryGetValue(name, out var preset)
            ? preset
            : throw new ArgumentException($"There is no preset {name}; there are {string.Join(", ", Presets.Keys)}.", nameof(name));
}
