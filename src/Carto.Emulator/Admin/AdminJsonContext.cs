using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Carto.Emulator;

/// <summary>A user to add or change via the admin endpoint.</summary>
internal sealed record AdminUser
{
    public required string Name { get; init; }

    public string? AccountId { get; init; }

    public UserRole Role { get; init; }

    public AccountPlan Plan { get; init; }
}

/// <summary>A new name for a client, via the admin endpoint.</summary>
internal sealed record AdminRename(string Name);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    WriteIndented = true
)]
[JsonSerializable(typeof(EmulatorVariants))]
[JsonSerializable(typeof(Fault))]
[JsonSerializable(typeof(IReadOnlyList<Fault>))]
[JsonSerializable(typeof(AdminUser))]
[JsonSerializable(typeof(AdminRename))]
[JsonSerializable(typeof(EmulatorUser))]
[JsonSerializable(typeof(IReadOnlyList<EmulatorUser>))]
[JsonSerializable(typeof(EmulatorClient))]
[JsonSerializable(typeof(IReadOnlyList<EmulatorClient>))]
[JsonSerializable(typeof(IReadOnlyList<CallRecord>))]
[JsonSerializable(typeof(IReadOnlyCollection<string>))]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class AdminJsonContext : JsonSerializerContext;
