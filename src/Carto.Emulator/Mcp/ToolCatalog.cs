using ModelContextProtocol.Protocol;

namespace Carto.Emulator;

/// <summary>
/// The tools of the MCP server: those for clients, and what stands for CARTO's many others, so that a client must find the right one by
/// name.
/// </summary>
internal static class ToolCatalog
{
    /// <summary>The tools visible to a caller. API access tokens see no workspace tools.</summary>
    public static IReadOnlyList<Tool> For(Caller caller, EmulatorVariants variants)
    {
        if (SeesNothing(caller, variants))
        {
            return [];
        }

        var seesWorkspace = SeesWorkspace(caller, variants);
        var tools = Others(variants).Where(other => seesWorkspace || !other.IsWorkspace).Select(other => other.Tool);

        // Sorted, the tools for clients are not on the first page.
        return [.. (seesWorkspace ? tools.Concat(ClientTools.All(variants)) : tools).OrderBy(tool => tool.Name, StringComparer.Ordinal)];
    }

    public static bool Sees(Caller caller, string tool, EmulatorVariants variants) =>
        !SeesNothing(caller, variants)
        && (
            (IsWorkspace(tool, variants) && SeesWorkspace(caller, variants))
            || Others(variants).Any(other => other.Tool.Name == tool && !other.IsWorkspace)
        );

    /// <summary>Whether a tool is for the workspace, where role and plan count.</summary>
    public static bool IsWorkspace(string tool, EmulatorVariants variants) =>
        ClientTools.IsOne(tool, variants) || Others(variants).Any(other => other.Tool.Name == tool && other.IsWorkspace);

    /// <summary>Whether a tool is a workflow of the customer.</summary>
    public static bool IsCustomers(string tool, EmulatorVariants variants) =>
        CustomerTool.First(variants.CustomerTools).Any(other => other.Tool.Name == tool);

    private static IEnumerable<ListedTool> Others(EmulatorVariants variants) =>
        CartoTools.For(variants.OtherTools).Concat(CustomerTool.First(variants.CustomerTools));

    private static bool SeesNothing(Caller caller, EmulatorVariants variants) =>
        caller.Token == TokenKind.M2M && variants.M2MTokenAccess == M2MTokenAccess.NoTools;

    private static bool SeesWorkspace(Caller caller, EmulatorVariants variants) =>
        caller.Token != TokenKind.ApiAccess
        && (caller.Token != TokenKind.M2M || variants.M2MTokenAccess != M2MTokenAccess.ToolsHidden)
        && (caller.MayHaveClients || variants.PermissionRefusal != PermissionRefusal.ToolsHidden);
}
