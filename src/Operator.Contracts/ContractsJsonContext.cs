using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Contracts;

/// <summary>Generated JSON code of the custom resources: no reflection on hot paths.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JsonElement))] // metadata.managedFields[].fieldsV1, which has no type of its own
[JsonSerializable(typeof(M2MOAuthClient))]
[JsonSerializable(typeof(CartoAccount))]
[JsonSerializable(typeof(ClusterCartoAccount))]
public sealed partial class ContractsJsonContext : JsonSerializerContext;
