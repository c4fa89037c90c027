using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using k8s.Models;

namespace Operator.Manifests.Schemas;

/// <summary>
/// Schemas of Kubernetes' own types, with Kubernetes' limits, so that the server accepts the same as for its built-in kinds.
/// </summary>
internal static class KubernetesSchemas
{
    /// <summary>Fields of every kind besides spec and status. The server describes metadata itself and allows nothing here.</summary>
    public static readonly IReadOnlyDictionary<string, string> OfEveryKind = new Dictionary<string, string>
    {
        ["apiVersion"] = """
            {
              "description": "Group and version of this kind.",
              "type": "string"
            }
            """,
        ["kind"] = """
            {
              "description": "Name of this kind.",
              "type": "string"
            }
            """,
        ["metadata"] = """{ "type": "object" }""",
    };

    private static readonly Dictionary<Type, string> ByType = new()
    {
        [typeof(V1Condition)] = """
            {
              "description": "One aspect of how the object is doing.",
              "type": "object",
              "required": ["type", "status", "reason", "message", "lastTransitionTime"],
              "properties": {
                "type": {
                  "description": "Which aspect.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 316,
                  "pattern": "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"
                },
                "status": {
                  "description": "Whether it is so; Unknown when the operator cannot tell.",
                  "type": "string",
                  "enum": ["True", "False", "Unknown"]
                },
                "reason": {
                  "description": "Why, in one word for programs.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 1024,
                  "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
                },
                "message": {
                  "description": "Why, in a sentence for people, with what they can do.",
                  "type": "string",
                  "maxLength": 32768
                },
                "lastTransitionTime": {
                  "description": "When status changed last.",
                  "type": "string",
                  "format": "date-time"
                },
                "observedGeneration": {
                  "description": "The metadata.generation that the condition is about.",
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0
                }
              }
            }
            """,
        [typeof(V1LabelSelector)] = """
            {
              "description": "What the labels must be; all of it must hold.",
              "type": "object",
              "x-kubernetes-map-type": "atomic",
              "properties": {
                "matchLabels": {
                  "description": "Labels with the values that they must have.",
                  "type": "object",
                  "maxProperties": 32,
                  "additionalProperties": { "type": "string", "maxLength": 63 }
                },
                "matchExpressions": {
                  "description": "Conditions on labels.",
                  "type": "array",
                  "maxItems": 32,
                  "x-kubernetes-list-type": "atomic",
                  "items": {
                    "description": "A condition on one label.",
                    "type": "object",
                    "required": ["key", "operator"],
                    "x-kubernetes-validations": [
                      {
                        "rule": "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
                        "message": "write values with In and NotIn, and none with Exists and DoesNotExist",
                        "fieldPath": ".values"
                      }
                    ],
                    "properties": {
                      "key": {
                        "description": "The label.",
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 317
                      },
                      "operator": {
                        "description": "How the label relates to the values.",
                        "type": "string",
                        "enum": ["In", "NotIn", "Exists", "DoesNotExist"]
                      },
                      "values": {
                        "description": "The values; none with Exists and DoesNotExist.",
                        "type": "array",
                        "maxItems": 64,
                        "x-kubernetes-list-type": "atomic",
                        "items": { "type": "string", "maxLength": 63 }
                      }
                    }
                  }
                }
              }
            }
            """,
        [typeof(V1ObjectMeta)] = OfEveryKind["metadata"],
    };

    public static bool TryGet(Type type, [NotNullWhen(true)] out JsonObject? schema)
    {
        schema = ByType.TryGetValue(type, out var json) ? Parse(json) : null;
        return schema is not null;
    }

    public static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
