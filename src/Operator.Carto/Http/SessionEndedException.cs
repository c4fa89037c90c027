namespace Operator.Carto.Http;

/// <summary>The server no longer knows the request's MCP session and did not execute the request.</summary>
internal sealed class SessionEndedException() : Exception("The MCP session has ended.");
