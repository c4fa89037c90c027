namespace Carto.Emulator;

/// <summary>Where an MCP server may be.</summary>
internal enum McpAddress
{
    /// <summary><c>/mcp/{account}</c>.</summary>
    Cloud,

    /// <summary><c>/api/mcp/{account}</c>.</summary>
    Api,

    /// <summary><c>/mcp/sso/{account}</c>.</summary>
    Sso,
}
