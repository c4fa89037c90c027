using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Carto.Emulator;
using k8s.Models;
using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Tests.Accounts;

/// <summary>What people see of an account, and what brings it to life.</summary>
public sealed class AccountReconcilerTests(KubernetesServer server) : AccountTests(server)
{
    [Fact]
    public async Task Credentials_Work_IsReadyWithOwnerAndApi()
    {
        await WriteCredentialsAsync();
        await CreateAsync(Account());

        StartOperator();

        var status = await BecomesAsync(Reasons.Connected);
        AssertSays(status, "Ready", $"Connected as {status.Owner!.UserId}");
        Assert.Equal(Ana.AccountId, status.Owner.AccountId);
        Assert.Equal(("MCP", "carto-emulator 1.0.0"), (status.Api!.Kind, status.Api.Server));
        Assert.Contains(status.Api.Tools!, line => line.StartsWith("create: manage_oauth_clients(", StringComparison.Ordinal));
        Assert.Equal(3, status.ManagedClients);
        Assert.Equal([("Normal", "Connected")], await EventsAsync(1));
        Assert.IsType<AccountView.Available>(Acquire().View);
    }

    [Fact]
    public async Task ClusterAccount_Works_ReadsFromTheNamespaceThatItNames()
    {
        await WriteCredentialsAsync();
        AllowedHosts = ["*.carto.com"];
        StartOperator();

        await CreateAsync(ClusterAccount());

        AssertSays(await ClusterBecomesAsync(Reasons.Connected), "Ready");
    }

    [Fact]
    public async Task Secret_DoesNotExistYet_IsReportedAndHealsWhenItIsCreated()
    {
        StartOperator();
        await CreateAsync(Account());
        var missing = await BecomesAsync(Reasons.SecretNotFound);
        AssertSays(
            missing,
            "Stalled",
            "spec.auth.clientCredentials.secretRef",
            $"Secret {Namespace}/carto",
            "CARTO_CLIENT_ID and CARTO_CLIENT_SECRET"
        );
        Assert.Equal(Reasons.AccountNotReady, Assert.IsType<AccountView.Unavailable>(Acquire().View).Reason);

        await WriteCredentialsAsync();

        AssertSays(await BecomesAsync(Reasons.Connected), "Ready");
        Assert.Equal([("Warning", "SecretNotFound"), ("Normal", "Connected")], await EventsAsync(2));
    }

    [Fact]
    public async Task Kubectl_ShowsWhatIsWrongAndWaitsForIt()
    {
        StartOperator();
        await CreateAsync(Account());
        await BecomesAsync(Reasons.SecretNotFound);
        var table = (await Kubectl.RunAsync(["get", "cacc"], Cancel)).EnsureSuccess().Output;
        Assert.Matches(@"default\s+False\s+SecretNotFound\s+https://127\.0\.0\.1:\d+\s+3", table);

        await WriteCredentialsAsync();

        (await Kubectl.RunAsync(["wait", "--for=condition=Ready", "--timeout=30s", "cartoaccount/default"], Cancel)).EnsureSuccess();
    }

    [Fact]
    public async Task Key_IsMissingOrEmpty_NamesItAndThoseThereAre()
    {
        await WriteSecretAsync(SecretName, ("clientId", "x"), ("clientSecret", "y"));
        await CreateAsync(Account());
        StartOperator();
        AssertSays(
            await BecomesAsync(Reasons.KeyNotFound),
            "Stalled",
            "spec.auth.clientCredentials",
            $"in Secret {Namespace}/carto there is no key CARTO_CLIENT_ID; its keys are clientId, clientSecret"
        );

        await WriteSecretAsync(SecretName, ("CARTO_CLIENT_ID", Ana.ClientId), ("CARTO_CLIENT_SECRET", "\n"));

        await Eventually.AssertAsync(
            async _ => AssertSays(await BecomesAsync(Reasons.KeyNotFound), "Stalled", "the key CARTO_CLIENT_SECRET is empty"),
            Cancel
        );
    }

    [Fact]
    public async Task Value_EndsInALineBreak_WorksAllTheSame()
    {
        await WriteCredentialsAsync(suffix: " \r\n");
        await CreateAsync(Account());

        StartOperator();

        await BecomesAsync(Reasons.Connected);
    }

    [Fact]
    public async Task Value_CannotBeACredential_IsReportedAndNeverSent()
    {
        await WriteSecretAsync(SecretName, ("CARTO_CLIENT_ID", Ana.ClientId), ("CARTO_CLIENT_SECRET", "one\ntwo"));
        await CreateAsync(Account());

        StartOperator();

        AssertSays(
            await BecomesAsync(Reasons.CredentialsMalformed),
            "Stalled",
            $"Secret {Namespace}/carto",
            "CARTO_CLIENT_SECRET",
            "line break"
        );
        Assert.Equal(0, CartoCalls.Count);
    }

    [Fact]
    public async Task Credentials_Refused_NamesTheSecretAndHealsWhenItIsWrittenAnew()
    {
        await WriteCredentialsAsync(suffix: "-wrong");
        await CreateAsync(Account());
        StartOperator();
        AssertSays(
            await BecomesAsync(Reasons.CredentialsRefused),
            "Stalled",
            "127.0.0.1 refuses the credentials",
            $"Secret {Namespace}/carto, under CARTO_CLIENT_ID and CARTO_CLIENT_SECRET"
        );

        await WriteCredentialsAsync();

        await BecomesAsync(Reasons.Connected);
    }

    [Fact]
    public async Task Credentials_RotatedInPlace_AreUsedAtOnce()
    {
        await WriteCredentialsAsync();
        await CreateAsync(Account());
        StartOperator();
        await BecomesAsync(Reasons.Connected);
        var access = Directory.Find(Key);
        var calls = TokenCalls.Count;

        var another = Emulator.CreateClient(Ana, "another");
        await WriteSecretAsync(SecretName, ("CARTO_CLIENT_ID", another.Id), ("CARTO_CLIENT_SECRET", another.Secret));

        await Eventually.TrueAsync(() => Directory.Find(Key) != access, "another access", Cancel);
        Assert.Equal(calls + 1, TokenCalls.Count);
    }

    [Fact]
    public async Task Owner_IsAnotherThanBefore_IsNotUsedUntilAPersonAcceptsIt()
    {
        Emulator.Variants = Emulator.Variants with { M2MTokenSubject = M2MTokenSubject.Owner };
        await WriteCredentialsAsync();
        await CreateAsync(Account());
        StartOperator();
        var before = await BecomesAsync(Reasons.Connected);

        var bea = Emulator.AddUser("bea");
        await WriteCredentialsAsync(user: bea);

        var refused = await BecomesAsync(Reasons.AccountOwnerChanged);
        AssertSays(refused, "Stalled", Ana.UserId, bea.UserId, WireNames.Annotations.AcceptOwner);
        Assert.Equal(before.Owner, refused.Owner);
        Assert.Null(Directory.Find(Key));

        await Kubectl.RunAsync(["annotate", "cartoaccount", Key.Name, $"{WireNames.Annotations.AcceptOwner}={bea.UserId}"], Cancel);

        Assert.Equal(bea.UserId, (await BecomesAsync(Reasons.Connected)).Owner!.UserId);
        Assert.Contains(("Warning", "AccountOwnerChanged"), await EventsAsync(4));
    }

    [Theory]
    [InlineData(UserRole.Viewer, AccountPlan.EnterpriseLarge, "Your role does not allow")]
    [InlineData(UserRole.Editor, AccountPlan.EnterpriseMedium, "Your plan does not include")]
    public async Task RoleOrPlan_IsNotSufficient_IsReported(UserRole role, AccountPlan plan, string words)
    {
        await StartEmulatorAsync(new CartoEmulatorOptions(), role, plan);
        await WriteCredentialsAsync();
        await CreateAsync(Account());

        StartOperator();

        AssertSays(await BecomesAsync(Reasons.InsufficientPermission), "Stalled", words, "Enterprise Large", "Editor");
    }

    [Fact]
    public async Task Host_IsNotAllowed_IsReportedAndNothingIsSent()
    {
        AllowedHosts = ["*.carto.com"];
        await WriteCredentialsAsync();
        await CreateAsync(Account());

        StartOperator();

        AssertSays(await BecomesAsync(Reasons.HostNotAllowed), "Stalled", "spec.apiBaseUrl", "127.0.0.1", "*.carto.com", "--allowed-hosts");
        Assert.Equal(0, CartoCalls.Count);
    }

    [Fact]
    public async Task Certificate_NotInTheBundle_IsReportedAndHealsWhenItIs()
    {
        await WriteCredentialsAsync();
        await WriteSecretAsync(BundleName, ("ca.crt", OtherAuthority()));
        await CreateAsync(Account());
        StartOperator();
        AssertSays(await BecomesAsync(Reasons.CertificateNotTrusted), "Stalled", "certificate of 127.0.0.1", "caBundle");

        await WriteSecretAsync(BundleName, ("ca.crt", OtherAuthority() + "\n" + Emulator.CaPem));

        await BecomesAsync(Reasons.Connected);
    }

    [Fact]
    public async Task Bundle_IsNoCertificate_IsReported()
    {
        await WriteCredentialsAsync();
        await WriteSecretAsync(BundleName, ("ca.crt", "no certificate"));
        await CreateAsync(Account());

        StartOperator();

        AssertSays(await BecomesAsync(Reasons.CertificateNotTrusted), "Stalled", "BEGIN CERTIFICATE");
    }

    [Fact]
    public async Task Bundle_InAConfigMap_IsReportedMissingAndWatchedToo()
    {
        await WriteCredentialsAsync();
        await CreateAsync(
            Account(spec =>
                spec with
                {
                    CaBundle = new CaBundleSource
                    {
                        ConfigMapRef = new KeyReference { Name = "bundle", Key = "carto.pem" },
                    },
                }
            )
        );
        StartOperator();
        AssertSays(
            await BecomesAsync(Reasons.SecretNotFound),
            "Stalled",
            "spec.caBundle.configMapRef",
            $"ConfigMap {Namespace}/bundle",
            "carto.pem"
        );

        await Api.For(BuiltIn.ConfigMaps)
            .CreateAsync(
                new V1ConfigMap
                {
                    Metadata = new V1ObjectMeta { NamespaceProperty = Namespace, Name = "bundle" },
                    Data = new Dictionary<string, string> { ["carto.pem"] = Emulator.CaPem },
                },
                Cancel
            );

        await BecomesAsync(Reasons.Connected);
    }

    [Fact]
    public async Task Api_CannotBeBound_NamesWhatIsMissing()
    {
        Emulator.Variants = new EmulatorVariants { MethodEnum = false };
        await WriteCredentialsAsync();
        await CreateAsync(Account());

        StartOperator();

        AssertSays(await BecomesAsync(Reasons.UnsupportedApi), "Stalled", "does not list the values of its argument method");
    }

    [Fact]
    public async Task Address_IsNone_NamesTheField()
    {
        await WriteCredentialsAsync();
        await CreateAsync(Account(spec => spec with { ApiBaseUrl = "https://127.0.0.1:99999" }));

        StartOperator();

        AssertSays(await BecomesAsync(Reasons.InvalidSpec), "Stalled", "spec.apiBaseUrl", "https://127.0.0.1:99999");
    }

    [Fact]
    public async Task Carto_IsDownAndThenUp_IsReportedAndHealsByItself()
    {
        using var folder = new TemporaryFolder();
        var kept = new CartoEmulatorOptions { StateFile = Path.Combine(folder.Path, "state.json") };
        await StartEmulatorAsync(kept);
        await WriteCredentialsAsync();
        await CreateAsync(Account());
        var address = Emulator.BaseUrl;
        await Emulator.DisposeAsync();
        StartOperator();
        AssertSays(await BecomesAsync(Reasons.Unreachable), "Reconciling", "Cannot connect to 127.0.0.1");

        await StartEmulatorAsync(kept with { Urls = [address] });

        await BecomesAsync(Reasons.Connected);
        Assert.Equal([("Warning", "Unreachable"), ("Normal", "Connected")], await EventsAsync(2));
    }

    [Fact]
    public async Task Carto_AsksToSlowDown_IsReportedAndHealsByItself()
    {
        Emulator.Faults.Add(Fault.TooManyRequests(Operation.Token, TimeSpan.FromSeconds(2)));
        await WriteCredentialsAsync();
        await CreateAsync(Account());

        StartOperator();

        AssertSays(await BecomesAsync(Reasons.Throttled), "Reconciling", "slow down");
        await BecomesAsync(Reasons.Connected);
        Assert.Equal(2, TokenCalls.Count);
    }

    [Fact]
    public async Task Account_AnnotatedWhileItIsLookedAt_IsToldWhatTheLookCameTo()
    {
        Emulator.Faults.Add(Fault.Latency(Operation.ToolsList, TimeSpan.FromSeconds(2)));
        await WriteCredentialsAsync();
        await CreateAsync(Account());
        StartOperator();
        await Eventually.TrueAsync(() => TokenCalls.Count == 1, "the look to begin", Cancel);

        await AnnotateAsync("example.com/touched", "now");

        await BecomesAsync(Reasons.Connected);
        Assert.DoesNotContain(Log.Lines.Since(0), line => line.Contains("has changed meanwhile", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Operator_MayNotReadTheSecret_IsReported()
    {
        var nobody = await Server.CreateServiceAccountAsync(Namespace, "nobody", Cancel);
        ReaderApi = new KubernetesApi(nobody.CreateConfiguration());
        await WriteCredentialsAsync();
        await CreateAsync(Account());

        StartOperator();

        AssertSays(await BecomesAsync(Reasons.SecretForbidden), "Stalled", $"may not read Secret {Namespace}/carto");
    }

    [Fact]
    public async Task AccessToken_ThatEnds_IsReportedWhenItDoes()
    {
        StartOperator();
        await CreateAsync(
            Account(spec =>
                spec with
                {
                    Auth = spec.Auth with
                    {
                        ClientCredentials = null,
                        AccessToken = new AccessTokenSource { SecretRef = new ObjectReference { Name = SecretName } },
                    },
                }
            )
        );
        await BecomesAsync(Reasons.SecretNotFound);
        Emulator.Variants = new EmulatorVariants { TokenLifetime = TimeSpan.FromSeconds(4) };
        await WriteSecretAsync(SecretName, ("token", Emulator.IssueAccessToken(Ana)));
        await BecomesAsync(Reasons.Connected);

        AssertSays(await BecomesAsync(Reasons.CredentialsRefused), "Stalled", "expired", $"Secret {Namespace}/carto, under token");
        Assert.Equal(0, TokenCalls.Count);
    }

    [Fact]
    public async Task AccessToken_WithASchemeBeforeIt_SaysToWriteItAlone()
    {
        await WriteSecretAsync(SecretName, ("token", $"Bearer {Emulator.IssueAccessToken(Ana)}"));
        await CreateAsync(
            Account(spec =>
                spec with
                {
                    Auth = spec.Auth with
                    {
                        ClientCredentials = null,
                        AccessToken = new AccessTokenSource { SecretRef = new ObjectReference { Name = SecretName } },
                    },
                }
            )
        );

        StartOperator();

        AssertSays(await BecomesAsync(Reasons.CredentialsMalformed), "Stalled", "key token", "'Bearer ...'", "alone");
    }

    [Fact]
    public async Task RefreshToken_ReplacedByCarto_IsAWarningAndSurvivesAFailure()
    {
        Emulator.Variants = new EmulatorVariants { RotateRefreshTokens = true };
        var first = Emulator.IssueRefreshToken(Ana);
        await WriteSecretAsync(SecretName, ("clientId", EmulatorUser.PublicClientId), ("refreshToken", first));
        await CreateAsync(
            Account(spec =>
                spec with
                {
                    Auth = spec.Auth with
                    {
                        ClientCredentials = null,
                        RefreshToken = new RefreshTokenSource { SecretRef = new ObjectReference { Name = SecretName } },
                    },
                }
            )
        );
        StartOperator();
        AssertSays(await BecomesAsync(Reasons.Connected), "Ready", "; warning: CARTO replaced the refresh token");

        await DeleteSecretAsync(SecretName);
        await BecomesAsync(Reasons.SecretNotFound);
        Emulator.EndAllAccessTokens();
        await WriteSecretAsync(SecretName, ("clientId", EmulatorUser.PublicClientId), ("refreshToken", first));

        await BecomesAsync(Reasons.Connected);
    }

    [Fact]
    public async Task TwoAccounts_OnOneSecret_BothHearOfItUntilTheLastIsGone()
    {
        await WriteCredentialsAsync(suffix: "-wrong");
        await CreateAsync(Account());
        await CreateAsync(ClusterAccount());
        StartOperator();
        await BecomesAsync(Reasons.CredentialsRefused);
        await ClusterBecomesAsync(Reasons.CredentialsRefused);
        Assert.Equal(2, Watches.Count);

        await WriteCredentialsAsync();
        await BecomesAsync(Reasons.Connected);
        await ClusterBecomesAsync(Reasons.Connected);

        await Api.For(Kinds.Accounts).DeleteAsync(Key.ObjectKey, uid: null, Cancel);
        await Eventually.TrueAsync(
            () => Acquire().View is AccountView.Unavailable { Reason: Reasons.AccountNotFound } && Directory.Find(Key) is null,
            "it to be forgotten",
            Cancel
        );
        Assert.Equal(2, Watches.Count);
        await WriteCredentialsAsync(suffix: "-wrong");
        await ClusterBecomesAsync(Reasons.CredentialsRefused);

        await Api.For(Kinds.ClusterAccounts).DeleteAsync(ClusterKey.ObjectKey, uid: null, Cancel);
        await Eventually.TrueAsync(() => Watches.Count == 0, "the watches to end", Cancel);
    }

    private static string OtherAuthority()
    {
        using var key = ECDsa.Create();
        using var authority = new CertificateRequest("CN=other", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            TimeProvider.System.GetUtcNow().AddDays(-1),
            TimeProvider.System.GetUtcNow().AddDays(1)
        );
        return authority.ExportCertificatePem();
    }
}
