namespace Operator.Carto.Http;

/// <summary>The server no longer knows the MCP session that a request named, and did not do what it asks.</summary>
internal sealed class SessionEndedException() : Exception("The MCP session has ended.");
