namespace Operator.Access;

/// <summary>Where a client's credentials are used: public, and the same for each client of an account.</summary>
/// <param name="ApiBaseUrl">Base URL of CARTO's API.</param>
/// <param name="TokenUrl">Endpoint that issues access tokens.</param>
/// <param name="Audience">Audience of the tokens.</param>
internal sealed record Endpoints(string ApiBaseUrl, string TokenUrl, string Audience);
