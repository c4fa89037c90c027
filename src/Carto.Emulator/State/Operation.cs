namespace Carto.Emulator;

/// <summary>Operation of a call.</summary>
public enum Operation
{
    /// <summary>Only for faults: any of the others, except the admin endpoints.</summary>
    Any,

    /// <summary><c>POST /oauth/token</c>.</summary>
    Token,

    /// <summary>The discovery document or the key set.</summary>
    Discovery,

    /// <summary>MCP: opening a session (<c>initialize</c>, <c>server/discover</c>).</summary>
    Initialize,

    /// <summary>MCP: <c>tools/list</c>.</summary>
    ToolsList,

    /// <summary>Creation of a client.</summary>
    Create,

    /// <summary>A list of clients, one page per call.</summary>
    List,

    /// <summary>Reading of one client.</summary>
    Get,

    /// <summary>Change of a client's name.</summary>
    Update,

    /// <summary>Deletion of a client.</summary>
    Delete,

    /// <summary>Any other tool or way to call one.</summary>
    OtherTool,

    /// <summary>Anything else at the MCP server: notifications, pings, wrong methods.</summary>
    Other,
}
