using System.Text.Json;
using System.Text.RegularExpressions;

namespace Operator.Secrets;

/// <summary>Predicts how the API server validates a Secret, before a client is created for it.</summary>
internal static partial class SecretShape
{
    /// <summary>Longest key, in characters.</summary>
    private const int LongestKey = 253;

    /// <summary>Built-in types with the keys the API server requires.</summary>
    private static readonly (string Type, string[] Keys, bool OneIsEnough)[] Types =
    [
        ("kubernetes.io/tls", ["tls.crt", "tls.key"], false),
        ("kubernetes.io/basic-auth", ["username", "password"], true),
        ("kubernetes.io/ssh-auth", ["ssh-privatekey"], false),
        ("kubernetes.io/dockerconfigjson", [".dockerconfigjson"], false),
        ("kubernetes.io/dockercfg", [".dockercfg"], false),
    ];

    /// <summary>Types that Kubernetes itself acts on, which must not be used for credentials.</summary>
    private static readonly string[] Special = ["kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"];

    /// <summary>Why the API server would reject a Secret of this type with this data, for its author; null if it would not.</summary>
    public static string? Problem(string? type, IReadOnlyDictionary<string, byte[]> data)
    {
        if (data.Keys.FirstOrDefault(key => !IsKey(key)) is { } bad)
        {
            return $"spec.secret: {Text.Fit(bad, LongestKey)} cannot be the key of a Secret: write letters, digits, '-', '_' and '.', at "
                + $"most {LongestKey}, not beginning with '..'";
        }

        if (Special.Contains(type))
        {
            return $"spec.secret.type: {type} is a type that Kubernetes itself acts on: write a new resource with Opaque";
        }

        var (_, keys, oneIsEnough) = Array.Find(Types, known => known.Type == type);
        var missing = (keys ?? []).Where(key => !data.ContainsKey(key)).ToArray();
        if (missing.Length > 0 && !(oneIsEnough && missing.Length < keys!.Length))
        {
            return $"spec.secret.type: a Secret of the type {type} needs the {(missing.Length == 1 ? "key" : "keys")} {string.Join(" and ", missing)}: name "
                + $"{(missing.Length == 1 ? "it" : "them")} in spec.secret.keys or spec.secret.template";
        }

        return type switch
        {
            "kubernetes.io/ssh-auth" when data["ssh-privatekey"].Length == 0 => Empty(type, "ssh-privatekey"),
            "kubernetes.io/dockerconfigjson" when !IsJson(data[".dockerconfigjson"]) => NoJson(type, ".dockerconfigjson"),
            "kubernetes.io/dockercfg" when !IsJson(data[".dockercfg"]) => NoJson(type, ".dockercfg"),
            _ => null,
        };
    }

    private static string Empty(string type, string key) =>
        $"spec.secret: the value of {key} is empty, which a Secret of the type {type} may not have: write its template";

    private static string NoJson(string type, string key) =>
        $"spec.secret: the value of {key} is no JSON, which a Secret of the type {type} must have: correct its template; the filter json "
        + "writes texts with quotes";

    private static bool IsKey(string key) =>
        key.Length <= LongestKey && key != "." && !key.StartsWith("..", StringComparison.Ordinal) && Key().IsMatch(key);

    private static bool IsJson(byte[] value)
    {
        try
        {
            using var document = JsonDocument.Parse(value);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\A[-._a-zA-Z0-9]+\z")]
    private static partial Regex Key();
}
