using System.Net;

namespace Carto.Emulator;

/// <summary>Keeps what is not CARTO's, but for the people who run the emulator, from callers elsewhere.</summary>
internal static class ThisMachine
{
    /// <summary>True for a caller on this machine; anybody else gets an answer.</summary>
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
