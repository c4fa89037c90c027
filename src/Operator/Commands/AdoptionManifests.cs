using System.Text;
using System.Text.Json.Nodes;
using Operator.Access;
using Operator.Commands.Tools;
using Operator.Contracts;
using Operator.Manifests.Output;

namespace Operator.Commands;

/// <summary>Manifests of resources that adopt clients.</summary>
/// <param name="account">The account that holds the clients.</param>
/// <param name="namespace">Namespace of the resources.</param>
/// <param name="records">Existing resources, whose names are taken.</param>
internal sealed class AdoptionManifests(AccountKey account, string @namespace, ClusterRecords records)
{
    private const int MaxName = 63;
    private const int MaxDisplayName = 100;

    private readonly List<(IReadOnlyList<string> Comments, JsonObject Resource)> _resources = [];
    private readonly HashSet<string> _names =
    [
        .. records
            .Resources.Where(resource => resource.Metadata.NamespaceProperty == @namespace)
            .Select(resource => resource.Metadata.Name),
    ];

    /// <summary>Number of manifests.</summary>
    public int Count => _resources.Count;

    /// <summary>Adds one.</summary>
    /// <param name="client">The client.</param>
    /// <param name="isSecretKnown">Whether CARTO returns its secret, so that it need not be provided.</param>
    public void Add(FoundClient client, bool isSecretKnown)
    {
        var title = TitleOf(client);
        var name = NameOf(title ?? client.ClientId);
        var spec = new JsonObject
        {
            ["accountRef"] = new JsonObject { ["kind"] = account.Kind.ToString(), ["name"] = account.Name },
            ["clientId"] = client.ClientId,
            ["deletionPolicy"] = nameof(DeletionPolicy.Retain),
        };
        if (title is not null)
        {
            spec.Insert(0, "displayName", title);
        }

        List<string> comments = [];
        if (client.State == FoundState.NotAllowed)
        {
            comments.Add(
                $"{account} does not allow this client to be adopted: add its ID to spec.adoption.clientIds of the account first."
            );
        }

        if (!isSecretKnown)
        {
            var secret = $"{name}-given";
            spec["clientSecretRef"] = new JsonObject { ["name"] = secret, ["key"] = WireNames.SecretKeys.ClientSecret };
            comments.Add(
                $"CARTO does not tell the secret of this client: create the Secret {@namespace}/{secret} with it under the key "
                    + $"{WireNames.SecretKeys.ClientSecret} first."
            );
        }

        _resources.Add(
            (
                comments,
                new JsonObject
                {
                    ["apiVersion"] = WireNames.ApiVersion,
                    ["kind"] = M2MOAuthClient.KubeKind,
                    ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = @namespace },
                    ["spec"] = spec,
                }
            )
        );
    }

    /// <summary>As YAML documents, with comments.</summary>
    public string ToYaml()
    {
        var text = new StringBuilder();
        foreach (var (comments, resource) in _resources)
        {
            text.Append(text.Length == 0 ? "" : "---\n");
            foreach (var comment in comments)
            {
                text.Append("# ").Append(comment).Append('\n');
            }

            text.Append(YamlText.Write(resource));
        }

        return text.ToString();
    }

    /// <summary>As one list.</summary>
    public JsonObject ToList() =>
        new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "List",
            ["items"] = new JsonArray([.. _resources.Select(one => one.Resource.DeepClone())]),
        };

    /// <summary>The display name that preserves a client's name, as far as the schema allows; null if it has none.</summary>
    private static string? TitleOf(FoundClient client)
    {
        var name = client.Name ?? "";
        if (Mark.Read(name) is { } mark)
        {
            name = name[..^mark.ToString().Length];
        }

        name = name.Replace(Mark.Start, "[", StringComparison.Ordinal);
        name = string.Concat(
                name.Select(character => char.IsControl(character) || character is '\u2028' or '\u2029' or '<' or '>' ? ' ' : character)
            )
            .Trim();
        return name.Length == 0 ? null : Text.Fit(name, MaxDisplayName);
    }

    /// <summary>A unique resource name of lower-case letters, digits and dashes.</summary>
    private string NameOf(string text)
    {
        var letters = text.ToLowerInvariant().Select(character => char.IsAsciiLetterOrDigit(character) ? character : '-');
        var words = string.Concat(letters).Split('-', StringSplitOptions.RemoveEmptyEntries);
        var stem = string.Join('-', words) is { Length: > 0 } some ? some : "client";
        for (var number = 1; ; number++)
        {
            var tail = number == 1 ? "" : $"-{number}";
            var name = stem[..Math.Min(stem.Length, MaxName - tail.Length)].TrimEnd('-') + tail;
            if (_names.Add(name))
            {
                return name;
            }
        }
    }
}
