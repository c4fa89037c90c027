using Carto.Emulator;

namespace Operator.Tests.FirstContact;

/// <summary>Writes accounts as a person would who knows a CARTO.</summary>
internal static class AccountManifest
{
    /// <summary>An account, its login and the certificate of its CARTO.</summary>
    public static string Of(string name, Variant variant, Interface over, CartoEmulator carto, EmulatorUser user)
    {
        var address = carto.BaseUrl.ToString().TrimEnd('/');
        return $$"""
            apiVersion: v1
            kind: Secret
            metadata: {name: {{name}}-login}
            stringData: {{Credentials(variant.Login, carto, user)}}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: {{name}}-ca}
            data:
              ca.crt: |
            {{string.Join('\n', carto.CaPem.TrimEnd().Split('\n').Select(line => "    " + line))}}
            ---
            apiVersion: credentials.carto.com/v1alpha1
            kind: CartoAccount
            metadata: {name: {{name}} }
            spec:
              apiBaseUrl: {{address}}
              auth:
                tokenUrl: {{carto.TokenUrl}}
                {{SourceOf(variant.Login)}}: {secretRef: {name: {{name}}-login} }
              caBundle: {configMapRef: {name: {{name}}-ca} }
              requestsPerSecond: 100
              {{(over == Interface.Http ? $"http: {Http(variant, address, user)}" : Mcp(variant, address, user))}}
            """;
    }

    private static string Credentials(Login login, CartoEmulator carto, EmulatorUser user) =>
        login switch
        {
            Login.Client => Pair(user.ClientId, user.ClientSecret),
            Login.WrongSecret => Pair(user.ClientId, "not-its-secret"),
            Login.RefreshToken => $$"""{clientId: "{{EmulatorUser.PublicClientId}}", refreshToken: "{{carto.IssueRefreshToken(user)}}"}""",
            Login.ApiToken => $$"""{token: "{{carto.IssueApiAccessToken(user)}}"}""",
            _ => $$"""{token: "{{carto.IssueAccessToken(user)}}"}""",
        };

    private static string Pair(string id, string secret) => $$"""{CARTO_CLIENT_ID: "{{id}}", CARTO_CLIENT_SECRET: "{{secret}}"}""";

    private static string SourceOf(Login login) =>
        login switch
        {
            Login.Client or Login.WrongSecret => "clientCredentials",
            Login.RefreshToken => "refreshToken",
            _ => "accessToken",
        };

    private static string Mcp(Variant variant, string address, EmulatorUser user) =>
        variant.Spec is { } spec
            ? "mcp: "
                + spec.Replace(Variant.Account, user.AccountId, StringComparison.Ordinal)
                    .Replace(Variant.Address, address, StringComparison.Ordinal)
                    .ReplaceLineEndings(" ")
            : "";

    private static string Http(Variant variant, string address, EmulatorUser user)
    {
        var api = variant.Carto.HttpApi;
        var paging = api.Paging switch
        {
            Paging.PageAndLimit => $"paging: {{parameter: {api.PageArgument}, by: Page, first: {api.FirstPage}}},",
            Paging.Cursor => $"paging: {{parameter: {api.CursorArgument}, by: Cursor}},",
            _ => "",
        };
        var type = api.TypeArgument is { } argument ? $", \"{argument}\": \"{api.TypeWord}\"" : "";
        var named = $"\"{api.NameArgument}\": \"${{name}}\"";
        return $"{{baseUrl: \"{address}{api.BasePath}\", {paging} operations: {{ create: {Call(api.Create, named + type)}, list: {Call(api.List)}, "
            + $"get: {Call(api.Get!)}, rename: {Call(api.Update!, named)}, delete: {Call(api.Delete)} }}"
            + $"{(variant.HttpAnswers is { } answers ? $", answers: {answers}" : "")} }}";

        string Call(string route, string members = "")
        {
            var (method, path) = (route.Split(' ')[0], route.Split(' ')[1]);

            // A client whose id is not in the path is named in the body.
            var asks = route == api.Get || route == api.Update || route == api.Delete;
            var id = asks && !path.Contains("{id}", StringComparison.Ordinal) ? $"\"{api.IdArgument}\": \"${{id}}\"" : "";
            var body = string.Join(", ", new[] { id, members }.Where(part => part.Length > 0));
            path = path.Replace("{account}", user.AccountId, StringComparison.Ordinal).Replace("{id}", "${id}", StringComparison.Ordinal);
            return $"{{method: {method}, path: \"{path}\"{(body.Length > 0 ? $", body: '{{{body}}}'" : "")} }}";
        }
    }
}
