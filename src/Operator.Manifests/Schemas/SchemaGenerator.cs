using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;
using Operator.Contracts.Schema;

namespace Operator.Manifests.Schemas;

/// <summary>
/// Generates the structural schema of a CustomResourceDefinition from a C# type. JsonSchemaExporter provides its serialized form, the
/// attributes of Operator.Contracts its constraints, doc comments its descriptions, and initial values its defaults.
/// </summary>
internal sealed class SchemaGenerator(XmlDocumentation documentation, ResourceScope scope)
{
    /// <summary>Schema of a type. Throws if a field has no doc comment.</summary>
    public JsonObject Generate(JsonTypeInfo type)
    {
        var options = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform };
        return SchemaOrder.Apply(JsonSchemaExporter.GetJsonSchemaAsNode(type, options).AsObject());
    }

    /// <summary>Called for each node after the nodes below it.</summary>
    private JsonNode Transform(JsonSchemaExporterContext context, JsonNode node)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        if (KubernetesSchemas.TryGet(type, out var known))
        {
            return known;
        }

        // Part of one of Kubernetes' own types, which are replaced as a whole.
        if (type.Namespace == typeof(V1ObjectMeta).Namespace || node is not JsonObject schema)
        {
            return node;
        }

        if (type.IsAssignableTo(typeof(IReadOnlyDictionary<string, string>)))
        {
            // The exporter refers to an equal map elsewhere, and structural schemas know no references.
            return new JsonObject
            {
                ["type"] = "object",
                ["additionalProperties"] = new JsonObject { ["type"] = "string" },
            };
        }

        MakeStructural(type, schema);
        if (context.TypeInfo.Kind == JsonTypeInfoKind.Object)
        {
            DescribeObject(context.TypeInfo, schema);
        }

        return schema;
    }

    /// <summary>One type per value. A nullable field is an optional field.</summary>
    private static void MakeStructural(Type type, JsonObject schema)
    {
        if (schema["type"] is JsonArray types)
        {
            schema["type"] = types.Select(each => (string)each!).Single(each => each != "null");
        }

        if (type.IsEnum)
        {
            schema["type"] = "string";
            schema["enum"] = new JsonArray([.. Enum.GetNames(type).Select(name => JsonValue.Create(name))]);
        }
        else if (type == typeof(int) || type == typeof(long))
        {
            schema["format"] = type == typeof(int) ? "int32" : "int64";
        }
    }

    private void DescribeObject(JsonTypeInfo type, JsonObject schema)
    {
        var fields = schema["properties"]!.AsObject();
        var required = new JsonArray();
        var initial = Activator.CreateInstance(type.Type)!;
        var isKind = type.Type.IsAssignableTo(typeof(IKubernetesObject));

        foreach (var property in type.Properties)
        {
            var member = (MemberInfo)property.AttributeProvider!;
            if (isKind && KubernetesSchemas.OfEveryKind.TryGetValue(property.Name, out var known))
            {
                fields[property.Name] = KubernetesSchemas.Parse(known);
            }
            else if (member.IsDefined(typeof(ClusterOnlyAttribute)) && scope != ResourceScope.Cluster)
            {
                fields.Remove(property.Name);
            }
            else
            {
                var field = fields[property.Name]!.AsObject();
                Describe(field, documentation.OfProperty(member), $"{type.Type.Name}.{member.Name}");
                Constraints.Apply(member, field);
                if (member.IsDefined(typeof(RequiredAttribute)))
                {
                    required.Add(property.Name);
                }
                else if (property.Get!(initial) is { } value)
                {
                    field["default"] = JsonSerializer.SerializeToNode(value, type.Options.GetTypeInfo(value.GetType()));
                }
            }
        }

        Describe(schema, documentation.OfType(type.Type), type.Type.Name);
        Constraints.AddRules(type.Type, schema);
        if (required.Count > 0)
        {
            schema["required"] = required;
        }
    }

    private static void Describe(JsonObject schema, string? summary, string subject) =>
        schema["description"] = summary ?? throw new InvalidOperationException($"{subject} has no doc comment; kubectl explain shows it");
}
