using System.Text.RegularExpressions;
using Operator.Carto.Mcp;

namespace Operator.Carto.Records;

/// <summary>Which names of tools and of paths are CARTO's. All others may be a customer's.</summary>
internal static partial class ToolNames
{
    // Of CARTO's public documentation.
    private static readonly HashSet<string> Documented = new(StringComparer.Ordinal)
    {
        "async_workflow_job_get_results_v1_0_0",
        "async_workflow_job_get_status_v1_0_0",
        "execute_query",
        "get_workspace_info",
        "list_connections",
        "list_maps",
        "list_resources",
        "manage_ai_agents",
        "manage_applications",
        "manage_connections",
        "manage_groups",
        "manage_projects",
        "manage_settings",
        "manage_tokens",
        "manage_users",
    };

    private static readonly HashSet<string> Subjects = new(StringComparer.OrdinalIgnoreCase)
    {
        "oauth",
        "m2m",
        "credential",
        "credentials",
    };

    // A name of these words says nothing of a customer.
    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "add",
        "api",
        "app",
        "apps",
        "client",
        "clients",
        "create",
        "delete",
        "developer",
        "edit",
        "get",
        "list",
        "machine",
        "manage",
        "modify",
        "new",
        "read",
        "remove",
        "rename",
        "revoke",
        "show",
        "to",
        "update",
        "view",
    };

    private static readonly HashSet<string> PathWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "account",
        "accounts",
        "application",
        "applications",
        "mcp",
        "me",
        "organization",
        "organizations",
        "sso",
        "token",
        "tokens",
        "user",
        "users",
        "v1",
        "v2",
        "v3",
    };

    /// <summary>Whether a name says that the tool manages clients, and nothing else.</summary>
    public static bool IsAboutClients(string name)
    {
        var words = Boundaries().Split(name).Where(word => word.Length > 0).ToArray();
        return name is Vocabulary.ManageTool or Vocabulary.DeleteTool
            || (words.Any(Subjects.Contains) && words.All(word => Subjects.Contains(word) || Words.Contains(word)));
    }

    /// <summary>Whether CARTO's documentation has the name.</summary>
    public static bool IsDocumented(string name) => Documented.Contains(name);

    /// <summary>Whether a part of a path is of the same words.</summary>
    public static bool IsOfPath(string segment) =>
        segment
            .Split('-', '_')
            .All(word => word.Length == 0 || Subjects.Contains(word) || Words.Contains(word) || PathWords.Contains(word));

    [GeneratedRegex("[_.-]|(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex Boundaries();
}
