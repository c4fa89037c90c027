using Operator.Carto.Clients;

namespace Operator.Carto.Mcp;

/// <summary>
/// Known names of arguments, values and fields, normalized by <see cref="Json.Plain"/>, most likely first. CARTO's tool schemas are
/// undocumented, so these are names that similar tools use; others are never guessed.
/// </summary>
internal static class Vocabulary
{
    public const string ManageTool = "manage_oauth_clients";
    public const string DeleteTool = "delete";

    public static readonly string[] Selectors = ["method", "action", "operation", "op", "command"];
    public static readonly string[] Names = ["title", "name", "displayname", "clientname", "clienttitle", "label"];
    public static readonly string[] Ids =
    [
        "clientid",
        "id",
        "oauthclientid",
        "m2mclientid",
        "m2moauthclientid",
        "identifier",
        "credentialid",
        "resourceid",
        "entityid",
        "objectid",
        "itemid",
        "targetid",
    ];

    /// <summary>Arguments that confirm a deletion.</summary>
    public static readonly string[] Confirmations = ["confirm", "confirmed", "confirmation", "confirmdelete", "confirmdeletion"];
    public static readonly string[] Types =
    [
        "type",
        "clienttype",
        "oauthclienttype",
        "credentialtype",
        "kind",
        "apptype",
        "applicationtype",
    ];
    public static readonly string[] Kinds = ["kind", "type", "entity", "entitytype", "resource", "resourcetype", "objecttype"];

    public static readonly string[] M2MValues = ["m2m", "machinetomachine", "m2moauthclient", "oauthm2m", "m2mclient", "noninteractive"];
    public static readonly string[] ClientKinds = ["oauthclient", "oauthclients", "m2moauthclient", "m2mclient", "m2m"];

    public static readonly string[] Cursors = ["cursor", "pagetoken", "nextcursor", "nextpagetoken", "after", "startingafter"];
    public static readonly string[] Pages = ["page", "pagenumber"];
    public static readonly string[] Offsets = ["offset", "skip"];
    public static readonly string[] Limits = ["limit", "pagesize", "perpage", "size", "maxresults"];

    // What a tool for one operation names after its verb. Customers publish tools of their own, so only these exact names count.
    private static readonly string[] SingleObjects =
    [
        "oauthclient",
        "oauthclients",
        "m2moauthclient",
        "m2moauthclients",
        "oauthm2mclient",
        "oauthm2mclients",
        "m2mclient",
        "m2mclients",
    ];

    // Words that may follow a verb in a selector's value, as in create_oauth_client.
    private static readonly string[] Objects = ["oauth", "client", "clients", "m2m", "credential", "credentials"];

    /// <summary>Whether a selector's value selects an operation.</summary>
    public static bool Means(string value, ClientOperation operation)
    {
        var words = value.Split(['_', '-', ' ', '.'], StringSplitOptions.RemoveEmptyEntries);
        return words is [var verb, .. var rest]
            && Verbs(operation).Contains(verb, StringComparer.OrdinalIgnoreCase)
            && rest.All(word => Objects.Contains(word, StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Whether a tool's name says that it does only this operation, such as <c>create_oauth_client</c>.</summary>
    public static bool IsToolFor(string tool, ClientOperation operation)
    {
        var plain = Json.Plain(tool);
        return Verbs(operation)
            .Any(verb => plain.StartsWith(verb, StringComparison.Ordinal) && SingleObjects.Contains(plain[verb.Length..]));
    }

    /// <summary>Whether an argument takes a list of ids, such as <c>ids</c>.</summary>
    public static bool IsIdList(string plain) => plain.EndsWith('s') && Ids.Contains(plain[..^1]);

    private static string[] Verbs(ClientOperation operation) =>
        operation switch
        {
            ClientOperation.Create => ["create", "add", "new"],
            ClientOperation.List => ["list"],
            ClientOperation.Get => ["get", "read", "show", "describe", "retrieve", "view"],
            ClientOperation.Rename => ["rename", "update", "edit", "modify", "patch"],
            _ => ["delete", "remove", "revoke"],
        };
}
