namespace Carto.Emulator;

/// <summary>What a caller asked for.</summary>
public enum Operation
{
    /// <summary>Only in a fault: every one of the others, the admin endpoints excepted.</summary>
    Any,

    /// <summary><c>POST /oauth/token</c>.</summary>
    Token,

    /// <summary>The discovery document or the key set.</summary>
    Discovery,

    /// <summary>MCP: the opening of a session (<c>initialize</c>, <c>server/discover</c>).</summary>
    Initialize,

    /// <summary>MCP: <c>tools/list</c>.</summary>
    ToolsList,

    /// <summary>Creation of a client.</summary>
    Create,

    /// <summary>A list of clients, one page a call.</summary>
    List,

    /// <summary>Reading of one client.</summary>
    Get,

    /// <summary>Change of a client's name.</summary>
    Update,

    /// <summary>Deletion of a client.</summary>
    Delete,

    /// <summary>A tool, or a way to call one, that does none of the five.</summary>
    OtherTool,

    /// <summary>Anything else at the MCP server: notifications, pings, wrong methods.</summary>
    Other,
}
