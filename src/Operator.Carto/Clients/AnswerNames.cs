namespace Operator.Carto.Clients;

/// <summary>
/// Names of the fields of answers about clients, normalized by <see cref="Json.Plain"/>, most likely first. Their format is undocumented,
/// so
/// these are the names that similar APIs use, unless a person gives them.
/// </summary>
internal sealed class AnswerNames(GivenAnswers? given = null)
{
    public static readonly AnswerNames Known = new();

    private static readonly string[] OtherTypes =
    [
        "spa",
        "singlepageapp",
        "singlepageapplication",
        "regularweb",
        "regularwebapp",
        "regularwebapplication",
        "web",
        "native",
        "browser",
    ];

    public string[] Ids { get; } = Of(given?.Id, "clientid", "oauthclientid", "id");

    public string[] Secrets { get; } = Of(given?.Secret, "clientsecret", "secret");

    public string[] Names { get; } = Of(given?.Name, "title", "name", "displayname", "clientname");

    public string[] Created { get; } = Of(given?.CreatedAt, "createdat", "created", "creationdate", "createdon");

    public string[] Types { get; } =
        Of(given?.Type, "apptype", "clienttype", "oauthclienttype", "applicationtype", "credentialtype", "type");

    public string[] Lists { get; } =
        Of(given?.List, "items", "clients", "oauthclients", "m2mclients", "data", "results", "credentials", "rows");

    /// <summary>Some languages write an empty list as null under these names; "data" could be anything.</summary>
    public static readonly string[] Plurals = ["items", "clients", "oauthclients", "m2mclients", "results", "credentials", "rows"];

    /// <summary>A person named the field, so it is searched for in every object of the answer.</summary>
    public bool IdIsGiven { get; } = given?.Id is not null;

    /// <summary>Same, for the list.</summary>
    public bool ListIsGiven { get; } = given?.List is not null;

    /// <summary>Whether a type is that of another kind of application. What is not known may be an M2M client.</summary>
    public bool IsOther(string? type) =>
        type is not null
        && (given?.M2MType is { } m2m ? Json.Plain(type) != Json.Plain(m2m) : OtherTypes.Any(other => Json.IsPlain(type, other)));

    private static string[] Of(string? given, params string[] known) => given is null ? known : [Json.Plain(given)];
}
