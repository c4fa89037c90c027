using System.Text.Json.Serialization;

namespace Operator.Contracts;

/// <summary>Generated JSON code of the custom resources: no reflection on hot paths.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(M2MOAuthClient))]
[JsonSerializable(typeof(CartoAccount))]
[JsonSerializable(typeof(ClusterCartoAccount))]
public sealed partial class ContractsJsonContext : JsonSerializerContext;
