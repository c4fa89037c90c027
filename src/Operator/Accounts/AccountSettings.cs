using System.Text;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;

namespace Operator.Accounts;

/// <summary>Builds the connection settings for CARTO from an account's spec and the objects it references.</summary>
internal sealed class AccountSettings(SourceReader reader)
{
    /// <summary>Reads the current credentials and certificates.</summary>
    /// <exception cref="AccountException">Something is missing or invalid.</exception>
    public async Task<CartoApiOptions> ReadAsync(
        IAccountResource account,
        AccountAddresses addresses,
        CancellationToken cancellationToken
    ) => await ReadAsync(account, addresses, await ReadCredentialsAsync(account, cancellationToken), cancellationToken);

    /// <summary>Same, with given credentials instead of reading the account's.</summary>
    /// <exception cref="AccountException">Something is missing or invalid.</exception>
    public async Task<CartoApiOptions> ReadAsync(
        IAccountResource account,
        AccountAddresses addresses,
        CartoCredentials credentials,
        CancellationToken cancellationToken
    ) =>
        new()
        {
            ApiBaseUrl = addresses.ApiBaseUrl,
            TokenUrl = addresses.TokenUrl,
            McpUrl = addresses.McpUrl,
            McpCalls = ApiSettings.McpCalls(account.Spec.Mcp),
            HttpApi = ApiSettings.HttpApi(account.Spec.Http, addresses.HttpUrl),
            Answers = ApiSettings.Answers(account.Spec.Mcp?.Answers ?? account.Spec.Http?.Answers),
            Audience = account.Spec.Auth.Audience,
            RequestsPerSecond = account.Spec.RequestsPerSecond,
            Credentials = credentials,
            CaBundlePem = await ReadCaBundleAsync(account, cancellationToken),
        };

    private async Task<CartoCredentials> ReadCredentialsAsync(IAccountResource account, CancellationToken cancellationToken)
    {
        var source = AccountSource.Credentials(account);
        var values = await reader.ReadAsync(source, cancellationToken);
        var texts = source.Keys.Zip(values, (key, value) => CredentialText.Read(source, key, value)).ToArray();
        return account.Spec.Auth switch
        {
            { ClientCredentials: not null } => new CartoCredentials.ClientCredentials(texts[0], new Sensitive(texts[1])),
            { AccessToken: not null } => new CartoCredentials.AccessToken(
                new Sensitive(CredentialText.RequireToken(source, source.Keys[0], texts[0]))
            ),
            _ => new CartoCredentials.RefreshToken(texts[0], new Sensitive(texts[1])),
        };
    }

    private async Task<string?> ReadCaBundleAsync(IAccountResource account, CancellationToken cancellationToken) =>
        AccountSource.CaBundle(account) is { } source
            ? Encoding.UTF8.GetString((await reader.ReadAsync(source, cancellationToken))[0])
            : null;
}
