using System.Net;

namespace Carto.Emulator;

/// <summary>Restricts endpoints that are not part of CARTO to local callers.</summary>
internal static class ThisMachine
{
    /// <summary>True for local callers; responds to all others.</summary>
    public static async Task<bool> AdmitsAsync(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } remote || IPAddress.IsLoopback(remote))
        {
            return true;
        }

        await Answers.WriteErrorAsync(context, StatusCodes.Status403Forbidden, "Only from this machine");
        return false;
    }
}
