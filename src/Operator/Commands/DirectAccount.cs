using System.CommandLine;
using System.Text;
using Operator.Accounts;
using Operator.Carto;
using Operator.Contracts;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary>
/// An account that is not from a cluster but from flags, files and environment variables. Secrets and tokens are only read from files or
/// variables, because command lines are visible to all users of a machine. The variables are named like the keys of the Secrets the
/// operator writes.
/// </summary>
internal sealed class DirectAccount
{
    private readonly Setting<Uri?> _apiBaseUrl = Url(
        "--api-base-url",
        WireNames.SecretKeys.ApiBaseUrl,
        "Base URL of CARTO's API; with it no cluster is read",
        "none: an account of the cluster is tried"
    );

    private readonly Setting<Uri?> _tokenUrl = Url(
        "--token-url",
        WireNames.SecretKeys.TokenUrl,
        "Address that issues access tokens",
        AuthSpec.DefaultTokenUrl
    );

    private readonly Setting<string?> _audience = Text(
        "--audience",
        "NAME",
        WireNames.SecretKeys.Audience,
        "Audience to ask a token for",
        AuthSpec.DefaultAudience,
        "an audience"
    );

    private readonly Setting<Uri?> _mcpUrl = Url(
        "--mcp-url",
        "CARTO_MCP_URL",
        "Address of the MCP server",
        "--api-base-url, /mcp/ and the account id that the token names"
    );

    private readonly Setting<string?> _caFile = Text(
        "--ca-file",
        "FILE",
        "CARTO_CA_FILE",
        "Certificates in PEM to trust beside the system's",
        "none",
        "the path of a file"
    );

    private readonly Setting<string?> _clientId = Text(
        "--client-id",
        "ID",
        WireNames.SecretKeys.ClientId,
        "Client ID, which is public",
        "none",
        "a Client ID"
    );

    private readonly Option<string?> _clientIdFile = File("--client-id-file", "File with the Client ID, instead of --client-id");

    private readonly SecretOption[] _secrets =
    [
        new("--client-secret-file", WireNames.SecretKeys.ClientSecret, "the Client Secret of an M2M client", NeedsId: true, (id, secret) =>
            new CartoCredentials.ClientCredentials(id, secret)
        ),
        new("--access-token-file", "CARTO_ACCESS_TOKEN", "a user's access token", NeedsId: false, (_, token) =>
            new CartoCredentials.AccessToken(token)
        ),
        new("--refresh-token-file", "CARTO_REFRESH_TOKEN", "a user's refresh token", NeedsId: true, (id, token) =>
            new CartoCredentials.RefreshToken(id, token)
        ),
    ];

    /// <summary>All options, in the order of the help.</summary>
    public IEnumerable<Option> Options =>
        [.. Settings.Select(setting => setting.Option), _clientIdFile, .. _secrets.Select(secret => secret.Option)];

    /// <summary>Those that are settings.</summary>
    public IReadOnlyList<Setting> Settings => [_apiBaseUrl, _tokenUrl, _audience, _mcpUrl, _caFile, _clientId];

    /// <summary>Options that name a file with a credential: flag, alternative variable, meaning.</summary>
    public IEnumerable<(string Flag, string Variable, string Meaning)> Secrets =>
        _secrets.Select(secret => (secret.Option.Name, secret.Variable, secret.Meaning));

    /// <summary>Whether such an account is specified.</summary>
    public bool IsGiven(ParseResult parsed, Func<string, string?> environment) => _apiBaseUrl.Read(parsed, environment) is not null;

    /// <summary>A flag that was given but needs <c>--api-base-url</c>; null if none.</summary>
    public string? FirstFlag(ParseResult parsed) => Options.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidSettingException">Something is missing or invalid.</exception>
    public (CartoApiOptions Options, string Credentials) Read(ParseResult parsed, Func<string, string?> environment)
    {
        var given = _secrets.Where(secret => parsed.GetResult(secret.Option) is { Implicit: false }).ToArray();
        given = given.Length > 0 ? given : [.. _secrets.Where(secret => environment(secret.Variable) is { Length: > 0 })];
        if (given is not [var chosen])
        {
            throw new InvalidSettingException(
                $"{string.Join(" and ", given.Select(secret => secret.Option.Name).DefaultIfEmpty("credentials"))}: write exactly one of "
                    + $"{string.Join(", ", _secrets.Select(secret => secret.Option.Name))}, or set exactly one of {string.Join(", ", _secrets.Select(secret => secret.Variable))}"
            );
        }

        var (source, value) = chosen.Read(parsed, environment);
        var id = chosen.NeedsId ? ReadId(parsed, environment) : "";
        return (
            new CartoApiOptions
            {
                ApiBaseUrl = _apiBaseUrl.Read(parsed, environment)!,
                TokenUrl = _tokenUrl.Read(parsed, environment) ?? new Uri(AuthSpec.DefaultTokenUrl),
                Audience = _audience.Read(parsed, environment) ?? AuthSpec.DefaultAudience,
                McpUrl = _mcpUrl.Read(parsed, environment),
                CaBundlePem = _caFile.Read(parsed, environment) is { } file
                    ? Encoding.UTF8.GetString(SecretOption.ReadFile("--ca-file", file))
                    : null,
                Credentials = chosen.Make(id, new Sensitive(Credential(source, value, isToken: !chosen.NeedsId))),
            },
            source
        );
    }

    private string ReadId(ParseResult parsed, Func<string, string?> environment) =>
        parsed.GetValue(_clientIdFile) is { } file
            ? Credential($"--client-id-file {file}", SecretOption.ReadFile("--client-id-file", file), isToken: false)
            : _clientId.Read(parsed, environment)
                ?? throw new InvalidSettingException(
                    $"--client-id: is missing; write the Client ID there, into a file for --client-id-file, or into {_clientId.Variable}"
                );

    private static string Credential(string source, byte[] value, bool isToken)
    {
        var (text, fault) = CredentialText.Examine(value);
        fault ??=
            text.Length == 0 ? "is empty"
            : isToken ? CredentialText.FaultOfToken(text)
            : null;
        return fault is null
            ? text
            : throw new InvalidSettingException($"{source}: the value {fault}: write the credential alone, as CARTO shows it");
    }

    private static Setting<Uri?> Url(string flag, string variable, string meaning, string defaultText) =>
        new(
            flag,
            "URL",
            meaning,
            defaultText,
            null,
            "an https:// URL of host, port and path",
            SettingReaders.ServerUrl,
            variable: variable
        );

    private static Setting<string?> Text(string flag, string value, string variable, string meaning, string defaultText, string allowed) =>
        new(flag, value, meaning, defaultText, null, allowed, SettingReaders.NotEmpty, variable: variable);

    private static Option<string?> File(string flag, string description) => new(flag) { HelpName = "FILE", Description = description };

    /// <summary>An option that names a file with a secret; the variable holds the secret itself.</summary>
    private sealed record SecretOption(
        string Flag,
        string Variable,
        string Meaning,
        bool NeedsId,
        Func<string, Sensitive, CartoCredentials> Make
    )
    {
        public Option<string?> Option { get; } = File(Flag, $"File with {Meaning} [or the value itself in {Variable}]");

        public (string Source, byte[] Value) Read(ParseResult parsed, Func<string, string?> environment) =>
            parsed.GetValue(Option) is { } file
                ? ($"{Flag} {file}", ReadFile(Flag, file))
                : (Variable, Encoding.UTF8.GetBytes(environment(Variable)!));

        public static byte[] ReadFile(string flag, string file)
        {
            try
            {
                return System.IO.File.ReadAllBytes(file);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new InvalidSettingException($"{flag}: the file {file} cannot be read: {exception.Message}");
            }
        }
    }
}
