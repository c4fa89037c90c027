namespace Carto.Emulator;

/// <summary>A call that CARTO understood but refuses.</summary>
internal sealed class CartoRefusal(int status, string message) : Exception(message)
{
    /// <summary>The matching HTTP status, even if it is not sent.</summary>
    public int Status => status;

    /// <summary>Sent as an HTTP response even if a tool was called.</summary>
    public bool IsHttp { get; init; }

    /// <summary>The missing client; null for other refusals.</summary>
    public string? MissingClient { get; init; }
}

/// <summary>Messages of refusals. CARTO's own are undocumented, except <see cref="NoToken"/> and
/// <see cref="NotAuthenticated"/>.</summary>
internal static class Refusals
{
    public const string NoToken = "Token not defined";
    public const string BadToken = "Invalid token";
    public const string NotAuthenticated = "Authentication failed";
    public const string NoPage = "Not found";
    public const string Plan = "Your plan does not include M2M OAuth Clients";
    public const string Role = "Your role does not allow developer credentials";
    public const string ApiToken = "This operation is not available to API access tokens";
    public const string NoUser = "User not found";
    public const string GlobalLimit = "Global limit has been reached";
    public const string M2MToken = "This operation is not available to M2M tokens";

    public static CartoRefusal Invalid(string what) => new(400, $"Invalid arguments: {what}");

    public static CartoRefusal NotFound(string clientId) => new(404, $"OAuth client {clientId} not found") { MissingClient = clientId };
}
