namespace Operator.Tests.FirstContact;

/// <summary>The interface over which an account manages clients.</summary>
public enum Interface
{
    /// <summary>CARTO's MCP server.</summary>
    Mcp,

    /// <summary>An HTTP API that the account describes.</summary>
    Http,
}
