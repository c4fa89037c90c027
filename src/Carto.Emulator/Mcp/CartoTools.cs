namespace Carto.Emulator;

/// <summary>
/// CARTO's own tools beside those for clients. The groups, and many names, are those of CARTO's public documentation; the other names, and
/// most arguments, are guesses in the same mix of spellings.
/// </summary>
internal static class CartoTools
{
    public const string Users = "manage_users";
    public const string Tokens = "manage_tokens";
    public const string Query = "execute_query";
    public const string WorkspaceInfo = "get_workspace_info";

    private static readonly string[] None = [];

    private static readonly Lazy<IReadOnlyList<ListedTool>> FewTools = new(() =>
        [
            ListedTool.New(Query, false, "Run a SQL query on a connection.", None, ["!sql"]),
            ListedTool.New(Users, true, "Manage the users of the organization.", ["list", "create", "update", "delete"], ["email", "id"]),
            ListedTool.New(Tokens, true, "Manage API access tokens.", ["list", "create", "update", "delete"], ["title", "id"]),
        ]
    );

    private static readonly Lazy<IReadOnlyList<ListedTool>> GroupTools = new(() => [.. Data(), .. Maps(), .. Workflows(), .. Workspace()]);

    public static IReadOnlyList<ListedTool> For(OtherTools variant) => variant == OtherTools.Few ? FewTools.Value : GroupTools.Value;

    private static IEnumerable<ListedTool> Data() =>
        [
            Open("list_connections", "Lists the connections to data warehouses.", None),
            Open(
                "list_resources",
                "Lists tables, views and folders of a connection.",
                ["!connection_name", "parentId", "page", "pageSize"]
            ),
            Open("search_resources", "Searches tables by name, tag or description.", ["!search", "connectionName", "limit"]),
            Open("describe", "Describes the columns of a table.", ["!connection_name", "!tableName"]),
            Open("get_column_stats", "Statistics of a column.", ["!connection_name", "!tableName", "!column_name"]),
            Open(Query, "Runs a SQL query on a connection.", ["!connection_name", "!sql", "max_rows"]),
            Open("geocode", "Finds the coordinates of an address.", ["!address", "country_code", "limit"]),
            Open("get_isoline", "The area within a travel time.", ["!origin", "!rangeSeconds", "travel_mode"]),
            Open("get_route", "The route between two places.", ["!origin", "!destination", "travel_mode"]),
            Open("enrich_polygons", "Adds the data of a data set to polygons.", ["!source_table", "!datasetId", "variables_list"]),
        ];

    private static IEnumerable<ListedTool> Maps() =>
        [
            Open("list_maps", "Lists maps that the user may see.", ["search", "ownerId", "page"]),
            Open("view_map", "Shows a map in the conversation.", ["!map_spec", "title"]),
            Open("load_builder_map", "Shows a saved map.", ["!mapId"]),
            Open("create_map", "Saves a new map.", ["!title", "datasetIds", "projectId", "isPublic"]),
            Open("update_map", "Changes title or layers of a map.", ["!map_id", "title", "layerIds"]),
            Open("share_map", "Shares a map with others.", ["!map_id", "userIds", "groupIds", "access_level"]),
            Open("export_map", "A picture of a map.", ["!map_id", "format", "width", "height"]),
        ];

    private static IEnumerable<ListedTool> Workflows() =>
        [
            Open("async_workflow_job_get_status_v1_0_0", "The state of a job.", ["!jobId", "!workflow_id"]),
            Open("async_workflow_job_get_results_v1_0_0", "The rows of a finished job.", ["!jobId", "!workflow_id", "page"]),
            Open("list_workflows", "Lists the workflows of the organization.", ["search", "page"]),
            Open("run_workflow", "Starts a workflow that is not a tool.", ["!workflow_id", "parameters"]),
        ];

    private static IEnumerable<ListedTool> Workspace() =>
        [
            Admin(WorkspaceInfo, "Who is signed in, with account, role and plan.", None, []),
            Admin(
                Users,
                "Manages the members of the organization.",
                ["list", "invite", "delete", "list_invitations", "resend_invitation", "cancel_invitation"],
                ["search", "role_filter", "email", "role", "userId", "invitationId", "page"]
            ),
            Admin("manage_groups", "Manages groups of users.", ["list", "get", "create", "update"], ["groupId", "name", "userIds"]),
            Admin(
                Tokens,
                "Manages API access tokens.",
                ["list", "get", "create", "update"],
                ["tokenId", "title", "allowed_apis_list", "grants", "expiresAt"]
            ),
            Admin(
                "manage_projects",
                "Manages projects and folders.",
                ["list", "get", "create", "update", "move"],
                ["id", "name", "parent_id"]
            ),
            Admin(
                "manage_connections",
                "Manages connections.",
                ["list", "get", "create", "update", "test"],
                ["connectionId", "name", "params"]
            ),
            Admin("manage_tags", "Manages tags of maps and workflows.", ["list", "create", "update"], ["tag_id", "title", "entityIds"]),
            Admin("manage_applications", "Manages the applications page.", ["list", "create", "update"], ["appId", "title", "url"]),
            Admin("manage_basemaps", "Manages custom basemaps.", ["list", "create", "update"], ["id", "title", "style_url"]),
            Admin("manage_palettes", "Manages color palettes.", ["list", "create", "update"], ["paletteId", "name", "colors_list"]),
            Admin("manage_settings", "Settings of the organization.", ["get", "update"], ["settingName", "value"]),
            Admin("manage_ai_agents", "Manages agents.", ["list", "get", "create", "update"], ["agentId", "title", "instructions"]),
            Admin("manage_schedules", "Manages schedules.", ["list", "get", "create", "update"], ["schedule_id", "workflowId", "cron"]),
            Admin("manage_named_sources", "Manages named sources.", ["list", "get", "create", "update"], ["name", "sql", "isPublic"]),
            Admin("export_activity", "Exports the activity of the organization.", None, ["!start_date", "!endDate", "category"]),
            Admin("transfer_ownership", "Gives what a user owns to another.", None, ["!fromUserId", "!to_user_id", "entityIds"]),
            Admin("get_quota_usage", "How much of each quota is used.", None, ["month"]),
        ];

    private static ListedTool Open(string name, string summary, string[] arguments) =>
        ListedTool.New(name, false, summary, None, arguments);

    private static ListedTool Admin(string name, string summary, string[] methods, string[] arguments) =>
        ListedTool.New(name, true, summary, methods, arguments);
}
