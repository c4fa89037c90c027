using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using Operator.Contracts.Schema;

namespace Operator.Manifests.Schemas;

/// <summary>Adds the constraints of a property's or type's attributes to a schema.</summary>
internal static class Constraints
{
    private const string Validations = "x-kubernetes-validations";

    public static void Apply(MemberInfo property, JsonObject field)
    {
        if (property.GetCustomAttribute<MostAttribute>() is { } most)
        {
            field[
                (string?)field["type"] switch
                {
                    "array" => "maxItems",
                    "object" => "maxProperties",
                    _ => "maxLength",
                }
            ] = most.Count;
        }

        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            AddRange(range, field);
        }

        if (property.GetCustomAttribute<TextAttribute>() is { } text)
        {
            AddText(text, field["items"]?.AsObject() ?? field);
        }

        if (property.GetCustomAttribute<MaxItemLengthAttribute>() is { } item)
        {
            (field["items"] ?? field["additionalProperties"])!["maxLength"] = item.Length;
        }

        if (field["items"] is not null)
        {
            AddListType(property.GetCustomAttribute<DistinctAttribute>(), field);
        }

        AddRules(property, field);
    }

    public static void AddRules(MemberInfo member, JsonObject schema)
    {
        foreach (var rule in member.GetCustomAttributes<RuleAttribute>())
        {
            AddRule(schema, rule.Rule, rule.Message, rule.FieldPath);
        }
    }

    private static void AddRange(RangeAttribute range, JsonObject field)
    {
        field["minimum"] = (int)range.Minimum;
        if ((int)range.Maximum != int.MaxValue)
        {
            field["maximum"] = (int)range.Maximum;
        }
    }

    private static void AddText(TextAttribute text, JsonObject value)
    {
        value["minLength"] = 1;
        value["maxLength"] = text.MaxLength;
        if (text.Rule is not null)
        {
            AddRule(value, text.Rule, text.Message!, fieldPath: null);
        }
    }

    /// <summary>How the server merges lists of two appliers and rejects duplicates.</summary>
    private static void AddListType(DistinctAttribute? distinct, JsonObject field)
    {
        field["x-kubernetes-list-type"] = distinct switch
        {
            null => "atomic",
            { Keys.Count: 0 } => "set",
            _ => "map",
        };
        if (distinct is { Keys.Count: > 0 })
        {
            field["x-kubernetes-list-map-keys"] = new JsonArray([.. distinct.Keys.Select(key => JsonValue.Create(key))]);
        }
    }

    private static void AddRule(JsonObject schema, string rule, string message, string? fieldPath)
    {
        var validation = new JsonObject { ["rule"] = rule, ["message"] = message };
        if (fieldPath is not null)
        {
            validation["fieldPath"] = fieldPath;
        }

        if (schema[Validations] is not JsonArray validations)
        {
            schema[Validations] = validations = [];
        }

        validations.Add(validation);
    }
}
