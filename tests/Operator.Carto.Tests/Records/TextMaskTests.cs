using Operator.Carto.Records;

namespace Operator.Carto.Tests.Records;

public sealed class TextMaskTests
{
    private static readonly TextMask Mask = new(["gUoDZtdVDZhrBRSJmTuD0TIjBvBVe1WK", "contoso", "Payroll of Ana", "etl"]);

    [Theory]
    [InlineData("OAuth client gUoDZtdVDZhrBRSJmTuD0TIjBvBVe1WK not found", "OAuth client *** not found")]
    [InlineData("Client etl, of the account contoso, is gone.", "Client ***, of the account ***, is gone.")]
    [InlineData("metl and contosos stay", "metl and contosos stay")]
    [InlineData("User ana@example.com of Acme may not", "User *** of *** may not")]
    [InlineData("see https://acme.carto.com/a?b=c or acme.carto.com:8443", "see *** or ***")]
    [InlineData("at 10.1.2.3 port 8443", "at *** port ***")]
    [InlineData("the client \"my secret plan\" is 'his'", "the client \"***\" is '***'")]
    [InlineData("token eyJhbGciOi.eyJzdWIi.c2ln expired", "token *** expired")]
    [InlineData("access_denied: Unauthorized", "access_denied: Unauthorized")]
    [InlineData(
        "Client is not authorized to access, a client-grant is missing",
        "Client is not authorized to access, a client-grant is missing"
    )]
    [InlineData("Global limit has been reached (429)", "Global limit has been reached (429)")]
    [InlineData("M2M OAuth needs the plan Enterprise Large", "M2M OAuth needs the plan Enterprise Large")]
    [InlineData("id 550e8400-e29b-41d4-a716-446655440000 and ac_7xhfwyml", "id *** and ***")]
    [InlineData("Señor Müller sieht nichts", "*** *** sieht nichts")]
    public void Text_KeepsPlainWordsOnly(string text, string expected) => Assert.Equal(expected, Mask.Text(text));

    [Fact]
    public void Text_ThatIsLong_IsCut() => Assert.InRange(Mask.Text(new string('a', 10_000)).Length, 1, 310);

    [Theory]
    [InlineData("clientId")]
    [InlineData("allowed_callback_urls")]
    [InlineData("oauth_client")]
    [InlineData("m2m")]
    [InlineData("x-ratelimit-reset")]
    [InlineData("$ref")]
    public void Name_OfAField_Stays(string name) => Assert.Equal(name, Mask.Name(name));

    [Theory]
    [InlineData("contoso")]
    [InlineData("gUoDZtdVDZhrBRSJmTuD0TIjBvBVe1WK")]
    [InlineData("kX3bN8tQ2wY7rM5v")]
    [InlineData("ana@example.com")]
    [InlineData("Payroll of Bob")]
    [InlineData("acme.carto.com")]
    [InlineData("550e8400-e29b-41d4-a716-446655440000")]
    [InlineData("dGhpc2lzYXNlY3JldHRoYXRpc2xvbmdlcnRoYW5hbnl3b3Jk")]
    public void Name_ThatMayBeTheAccounts_IsMasked(string name) => Assert.Equal("***", Mask.Name(name));

    [Theory]
    [InlineData("manage_oauth_clients", true)]
    [InlineData("createOauthClient", true)]
    [InlineData("manage_m2m_credentials", true)]
    [InlineData("delete", true)]
    [InlineData("manage_clients", false)]
    [InlineData("create_client_report", false)]
    [InlineData("create_oauth_usage_map", false)]
    [InlineData("list_credentials_at_risk", false)]
    [InlineData("delete_old_rows", false)]
    public void ToolName_IsKeptIfItSaysNothingOfACustomer(string name, bool isKept) => Assert.Equal(isKept, ToolNames.IsAboutClients(name));
}
