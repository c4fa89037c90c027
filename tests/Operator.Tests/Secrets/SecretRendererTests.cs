using System.Text;
using System.Text.Json;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Tests.Secrets;

public sealed class SecretRendererTests
{
    private const string Secret = "s3cr3t-<&\"'>-value";

    private static readonly Endpoints Public = new("https://api.example.com", "https://auth.example.com/oauth/token", "carto-cloud");

    [Fact]
    public void Render_WithoutSpec_HasTheStandardKeys()
    {
        var data = Render(null);

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["CARTO_CLIENT_ID"] = "id-1",
                ["CARTO_CLIENT_SECRET"] = Secret,
                ["CARTO_API_BASE_URL"] = Public.ApiBaseUrl,
                ["CARTO_TOKEN_URL"] = Public.TokenUrl,
                ["CARTO_AUDIENCE"] = Public.Audience,
            },
            data
        );
        Assert.Equal("CARTO_CLIENT_SECRET", SecretRenderer.ClientSecretKey(null));
    }

    [Fact]
    public void Render_KeysRenamed_HasTheirNamesOnly()
    {
        var spec = new SecretSpec
        {
            Keys = new()
            {
                ClientId = "a",
                ClientSecret = "b",
                ApiBaseUrl = "c",
                TokenUrl = "d",
                Audience = null,
            },
        };

        var data = Render(spec);

        Assert.Equal(["CARTO_AUDIENCE", "a", "b", "c", "d"], data.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Secret, data["b"]);
        Assert.Equal("b", SecretRenderer.ClientSecretKey(spec));
    }

    [Fact]
    public void Render_CredentialsFile_IsJson()
    {
        var data = Render(new SecretSpec { CredentialsFile = "carto_credentials.json" });

        using var file = JsonDocument.Parse(data["carto_credentials.json"]);
        Assert.Equal(["api_base_url", "client_id", "client_secret"], file.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(Public.ApiBaseUrl, file.RootElement.GetProperty("api_base_url").GetString());
        Assert.Equal("id-1", file.RootElement.GetProperty("client_id").GetString());
        Assert.Equal(Secret, file.RootElement.GetProperty("client_secret").GetString());
    }

    [Fact]
    public void Render_Template_HasEachVariableAsItIs()
    {
        var spec = Template("{{ clientId }} {{ clientSecret }} {{ apiBaseUrl }} {{ tokenUrl }} {{ audience | upcase }}");

        Assert.Null(SecretRenderer.Problem(spec));
        Assert.Equal($"id-1 {Secret} {Public.ApiBaseUrl} {Public.TokenUrl} CARTO-CLOUD", Render(spec)["KEY"]);
    }

    [Theory]
    [InlineData(
        "{{ clientSecret | json }}",
        """
            "s3cr3t-\u003C\u0026\u0022\u0027\u003E-value"
            """
    )]
    [InlineData("{{ 1.5 | json }} {{ true | json }} {{ nil | json }}", "1.5 true null")]
    [InlineData("{{ (1..3) | json }}", "[1,2,3]")]
    public void Render_JsonFilter_WritesEachKindOfValue(string template, string expected)
    {
        Assert.Null(SecretRenderer.Problem(Template(template)));
        Assert.Equal(expected, Render(Template(template))["KEY"]);
    }

    [Fact]
    public void Problem_TemplateDoesNotParse_NamesItsKey()
    {
        var problem = SecretRenderer.Problem(Template("{% if clientId %}"));

        Assert.StartsWith("spec.secret.template[KEY] is not a valid template: ", problem, StringComparison.Ordinal);
        Assert.Null(SecretRenderer.Problem(null));
    }

    [Theory]
    [InlineData("{% for i in (1..2000000000) %}{% endfor %}")]
    [InlineData("{{ clientSecret | replace: 'a', clientSecret }}")]
    [InlineData("{{ clientSecret | split: '' | join: clientSecret }}")]
    [InlineData("{{ clientSecert }}")]
    [InlineData("{% if clientId %}")]
    public void Render_TemplateWithWhatIsNotOffered_FailsWithItsKeyAndNoSecret(string template) => AssertRefused(template);

    [Fact]
    public void Problem_UnknownVariable_IsNamed() =>
        Assert.Contains("nobody", SecretRenderer.Problem(Template("{{ nobody }}")), StringComparison.Ordinal);

    [Theory]
    [InlineData("{% assign a = a | append: a %}", 60)]
    [InlineData("{% capture a %}{{ a }}{{ a }}{% endcapture %}", 60)]
    public void Render_TemplateThatGrows_FailsWithItsKeyAndNoSecret(string growth, int times) =>
        AssertRefused("{% assign a = clientSecret %}" + string.Concat(Enumerable.Repeat(growth, times)));

    [Fact]
    public void Render_LongChainOfFilters_FailsWithItsKeyAndNoSecret() =>
        AssertRefused("{{ clientSecret" + string.Concat(Enumerable.Repeat(" | base64_encode", 400)) + " }}");

    [Fact]
    public void Render_FilterWhoseResultIsTooLarge_FailsAtTheFilterAndNotAtTheEnd()
    {
        // Some megabytes at the end: what is written is bounded as well, but only after all of them.
        var spec = Template("{{ clientSecret" + string.Concat(Enumerable.Repeat(" | base64_encode", 45)) + " }}");

        var error = Assert.Throws<SecretRenderException>(() => Render(spec));

        Assert.Contains("cannot be rendered", error.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(string template)
    {
        var spec = Template(template);

        var error = Assert.Throws<SecretRenderException>(() => Render(spec));

        Assert.Contains("spec.secret.template[KEY]", SecretRenderer.Problem(spec), StringComparison.Ordinal);
        Assert.Contains("spec.secret.template[KEY]", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Render_TooLarge_FailsWithTheKeyOfATemplate(int templates)
    {
        var text = new string('x', (SecretRenderer.MaxBytes / templates) + 1);
        var spec = new SecretSpec { Template = Enumerable.Range(1, templates).ToDictionary(i => $"KEY{i}", _ => text) };

        var error = Assert.Throws<SecretRenderException>(() => Render(spec));

        Assert.Contains($"spec.secret.template[KEY{templates}] makes the Secret too large", error.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Each variable may be longer in the Secret than a short example is: what is too large then is too large before a client exists.
    /// </summary>
    [Fact]
    public void Problem_TemplateThatLongCredentialsMakeTooLarge_IsTooLarge()
    {
        var text = string.Concat(Enumerable.Repeat("{{ clientSecret }}", 900));
        var spec = new SecretSpec { Template = Enumerable.Range(1, 2).ToDictionary(number => $"KEY{number}", _ => text) };

        Assert.Contains(
            "spec.secret.template[KEY2] makes the Secret too large",
            SecretRenderer.Problem(spec, Public),
            StringComparison.Ordinal
        );
        Assert.Null(SecretRenderer.Problem(spec with { Template = new Dictionary<string, string> { ["KEY"] = text } }, Public));
    }

    [Fact]
    public void Problem_EndpointsThatMakeItTooLarge_CountAsTheyAre()
    {
        var spec = Template(string.Concat(Enumerable.Repeat("{{ apiBaseUrl }}", 1000)));
        var url = "https://" + new string('a', 1000);

        Assert.Null(SecretRenderer.Problem(spec, Public));
        Assert.NotNull(SecretRenderer.Problem(spec, Public with { ApiBaseUrl = url }));
    }

    [Theory]
    [InlineData(
        "kubernetes.io/tls",
        "spec.secret.type: a Secret of the type kubernetes.io/tls needs the keys tls.crt and tls.key: name them in spec.secret.keys or "
            + "spec.secret.template"
    )]
    [InlineData(
        "kubernetes.io/ssh-auth",
        "spec.secret.type: a Secret of the type kubernetes.io/ssh-auth needs the key ssh-privatekey: name it in spec.secret.keys or "
            + "spec.secret.template"
    )]
    [InlineData(
        "kubernetes.io/basic-auth",
        "spec.secret.type: a Secret of the type kubernetes.io/basic-auth needs the keys username and password: name them in "
            + "spec.secret.keys or spec.secret.template"
    )]
    [InlineData(
        "kubernetes.io/dockerconfigjson",
        "spec.secret.type: a Secret of the type kubernetes.io/dockerconfigjson needs the key .dockerconfigjson: name it in "
            + "spec.secret.keys or spec.secret.template"
    )]
    [InlineData(
        "kubernetes.io/dockercfg",
        "spec.secret.type: a Secret of the type kubernetes.io/dockercfg needs the key .dockercfg: name it in spec.secret.keys or "
            + "spec.secret.template"
    )]
    [InlineData(
        "kubernetes.io/service-account-token",
        "spec.secret.type: kubernetes.io/service-account-token is a type that Kubernetes itself acts on: write a new resource with Opaque"
    )]
    [InlineData(
        "bootstrap.kubernetes.io/token",
        "spec.secret.type: bootstrap.kubernetes.io/token is a type that Kubernetes itself acts on: write a new resource with Opaque"
    )]
    public void Problem_TypeWhoseKeysAreMissing_NamesThem(string type, string problem) =>
        Assert.Equal(problem, SecretRenderer.Problem(new SecretSpec { Type = type }, Public));

    [Fact]
    public void Problem_TypeWithItsKeys_IsNone()
    {
        Assert.Null(
            SecretRenderer.Problem(
                new SecretSpec
                {
                    Type = "kubernetes.io/tls",
                    Keys = new() { ClientId = "tls.crt", ClientSecret = "tls.key" },
                },
                Public
            )
        );
        Assert.Null(
            SecretRenderer.Problem(
                new SecretSpec
                {
                    Type = "kubernetes.io/basic-auth",
                    Keys = new() { ClientSecret = "password" },
                },
                Public
            )
        );
        Assert.Null(
            SecretRenderer.Problem(
                new SecretSpec { Type = "kubernetes.io/dockerconfigjson", CredentialsFile = ".dockerconfigjson" },
                Public
            )
        );
        Assert.Null(SecretRenderer.Problem(new SecretSpec { Type = "example.com/carto" }, Public));
        Assert.Null(SecretRenderer.Problem(new SecretSpec { Type = "Opaque" }, Public));
    }

    [Theory]
    [InlineData("kubernetes.io/ssh-auth", "ssh-privatekey", "", "the value of ssh-privatekey is empty")]
    [InlineData(
        "kubernetes.io/dockerconfigjson",
        ".dockerconfigjson",
        "{\"auths\": {{ clientId }} }",
        "the value of .dockerconfigjson is no JSON"
    )]
    [InlineData("kubernetes.io/dockercfg", ".dockercfg", "", "the value of .dockercfg is no JSON")]
    public void Problem_ValueThatItsTypeDoesNotTake_IsNamed(string type, string key, string template, string problem)
    {
        var spec = new SecretSpec
        {
            Type = type,
            Template = new Dictionary<string, string> { [key] = template },
        };

        Assert.Contains(problem, SecretRenderer.Problem(spec, Public), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData(".")]
    [InlineData("..a")]
    [InlineData("ä")]
    [InlineData("a\n")]
    public void Problem_KeyThatNoSecretMayHave_IsNamed(string key)
    {
        Assert.StartsWith(
            $"spec.secret: {key} cannot be the key of a Secret",
            SecretRenderer.Problem(new SecretSpec { CredentialsFile = key }, Public),
            StringComparison.Ordinal
        );
        Assert.NotNull(SecretRenderer.Problem(new SecretSpec { Template = new Dictionary<string, string> { [key] = "x" } }, Public));
        Assert.NotNull(SecretRenderer.Problem(new SecretSpec { Keys = new() { Audience = key } }, Public));
    }

    [Fact]
    public void Problem_KeyThatIsTooLong_IsNamed() =>
        Assert.NotNull(SecretRenderer.Problem(new SecretSpec { CredentialsFile = new string('a', 254) }, Public));

    [Fact]
    public void Fingerprint_OtherSpecOrEndpoints_IsAnother()
    {
        string[] fingerprints =
        [
            SecretRenderer.Fingerprint(null, Public),
            SecretRenderer.Fingerprint(Template("{{ clientId }}"), Public),
            SecretRenderer.Fingerprint(Template("{{ audience }}"), Public),
            SecretRenderer.Fingerprint(new SecretSpec { CredentialsFile = "f" }, Public),
            SecretRenderer.Fingerprint(null, Public with { ApiBaseUrl = "https://other" }),
            SecretRenderer.Fingerprint(null, Public with { TokenUrl = "https://other" }),
            SecretRenderer.Fingerprint(null, Public with { Audience = "https://other" }),
        ];

        Assert.Equal(fingerprints.Length, fingerprints.Distinct().Count());
        Assert.All(fingerprints, f => Assert.Matches("^[0-9a-f]{16}$", f));
    }

    [Fact]
    public void Fingerprint_DictionariesInAnotherOrder_IsTheSame()
    {
        var one = new Dictionary<string, string>
        {
            ["a"] = "1",
            ["B"] = "2",
            ["c"] = "3",
        };
        var other = new Dictionary<string, string>
        {
            ["c"] = "3",
            ["B"] = "2",
            ["a"] = "1",
        };

        Assert.Equal(
            SecretRenderer.Fingerprint(
                new SecretSpec
                {
                    Labels = one,
                    Annotations = one,
                    Template = one,
                },
                Public
            ),
            SecretRenderer.Fingerprint(
                new SecretSpec
                {
                    Labels = other,
                    Annotations = other,
                    Template = other,
                },
                Public
            )
        );
        Assert.Equal(SecretRenderer.Fingerprint(null, Public), SecretRenderer.Fingerprint(new SecretSpec(), Public));
    }

    private static SecretSpec Template(string text) => new() { Template = new Dictionary<string, string> { ["KEY"] = text } };

    private static Dictionary<string, string> Render(SecretSpec? spec) =>
        SecretRenderer.Render(spec, "id-1", new Sensitive(Secret), Public).ToDictionary(d => d.Key, d => Encoding.UTF8.GetString(d.Value));
}
