using System.Text.Json.Nodes;
using NLua;
using Operator.TestKit;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Operator.EndToEnd.GitOps;

/// <summary>What Argo CD makes of an object with the script of config/gitops: it runs as there, on the object as a table.</summary>
internal static class ArgoHealth
{
    private const string Prefix = "resource.customizations.health.credentials.carto.com_";

    /// <summary>Health and message of an object.</summary>
    public static (string Status, string Message) Of(JsonNode found)
    {
        using var lua = new Lua();
        lua.NewTable("obj");
        Fill(lua, (LuaTable)lua["obj"], found.AsObject());
        var result = (LuaTable)lua.DoString(Scripts()[Prefix + (string)found["kind"]!])[0];
        return ((string)result["status"], (string)result["message"]);
    }

    private static Dictionary<string, string> Scripts()
    {
        // A merging parser follows the anchors; the ConfigMap has nothing but its data.
        using var file = File.OpenText(Repository.PathOf("config", "gitops", "argocd-health.yaml"));
        var parser = new Parser(file);
        parser.Consume<StreamStart>();
        var patch = new DeserializerBuilder().Build().Deserialize<Dictionary<string, Dictionary<string, string>>>(parser);
        return patch["data"];
    }

    private static void Fill(Lua lua, LuaTable table, JsonObject from)
    {
        foreach (var (key, value) in from)
        {
            Set(lua, table, key, value);
        }
    }

    private static void Set(Lua lua, LuaTable table, object key, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject map:
                Fill(lua, NewTable(lua, table, key), map);
                break;
            case JsonArray list:
                var items = NewTable(lua, table, key);
                for (var i = 0; i < list.Count; i++)
                {
                    Set(lua, items, (long)(i + 1), list[i]);
                }

                break;
            case JsonValue scalar:
                table[key] =
                    scalar.TryGetValue<bool>(out var truth) ? truth
                    : scalar.TryGetValue<long>(out var number) ? number
                    : scalar.GetValue<string>();
                break;
        }
    }

    private static LuaTable NewTable(Lua lua, LuaTable parent, object key)
    {
        lua.NewTable("fresh");
        var table = (LuaTable)lua["fresh"];
        parent[key] = table;
        return table;
    }
}
