using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using k8s.Models;
using Operator.Contracts.Schema;
using Operator.Manifests.Schemas;

namespace Operator.Manifests.Definitions;

/// <summary>The CustomResourceDefinition of a kind, from the attributes of its C# type.</summary>
internal sealed class CustomResourceDefinition
{
    private const string Category = "carto";

    private readonly KubernetesEntityAttribute _entity;
    private readonly CustomResourceAttribute _resource;
    private readonly JsonTypeInfo _type;

    public CustomResourceDefinition(JsonTypeInfo type)
    {
        _type = type;
        _entity = Attribute<KubernetesEntityAttribute>();
        _resource = Attribute<CustomResourceAttribute>();
    }

    public string FileName => $"{_entity.Group}_{_entity.PluralName}.yaml";

    public JsonObject ToJson(XmlDocumentation documentation) =>
        new()
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["kind"] = "CustomResourceDefinition",
            ["metadata"] = new JsonObject { ["name"] = $"{_entity.PluralName}.{_entity.Group}" },
            ["spec"] = new JsonObject
            {
                ["group"] = _entity.Group,
                ["scope"] = _resource.Scope.ToString(),
                ["names"] = new JsonObject
                {
                    ["kind"] = _entity.Kind,
                    ["listKind"] = $"{_entity.Kind}List",
                    ["plural"] = _entity.PluralName,
                    ["singular"] = _resource.Singular,
                    ["shortNames"] = Array(_resource.ShortNames, name => JsonValue.Create(name)),
                    ["categories"] = new JsonArray(Category),
                },
                ["versions"] = new JsonArray(Version(documentation)),
            },
        };

    private JsonObject Version(XmlDocumentation documentation)
    {
        var version = new JsonObject
        {
            ["name"] = _entity.ApiVersion,
            ["served"] = true,
            ["storage"] = true,
            ["subresources"] = new JsonObject { ["status"] = new JsonObject() },
            ["additionalPrinterColumns"] = Array(_type.Type.GetCustomAttributes<PrinterColumnAttribute>(), Column),
        };
        if (_type.Type.GetCustomAttributes<SelectableFieldAttribute>().ToList() is { Count: > 0 } selectable)
        {
            version["selectableFields"] = Array(selectable, field => new JsonObject { ["jsonPath"] = field.Path });
        }

        version["schema"] = new JsonObject { ["openAPIV3Schema"] = new SchemaGenerator(documentation, _resource.Scope).Generate(_type) };
        return version;
    }

    private static JsonObject Column(PrinterColumnAttribute column)
    {
        var json = new JsonObject
        {
            ["name"] = column.Name,
            ["description"] = column.Description,
            ["type"] = column.Type,
            ["jsonPath"] = column.Path,
        };
        if (column.WideOnly)
        {
            json["priority"] = 1;
        }

        return json;
    }

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> toJson) => [.. items.Select(toJson)];

    private TAttribute Attribute<TAttribute>()
        where TAttribute : Attribute =>
        _type.Type.GetCustomAttribute<TAttribute>()
        ?? throw new InvalidOperationException($"{_type.Type.Name} needs the attribute {typeof(TAttribute).Name}");
}
