using Carto.Emulator;
using Operator.Access;
using Operator.Commands;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Commands;

public sealed class CheckCommandTests(KubernetesServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Check_GoodAccount_ShowsEachStepAndChangesNothing()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();

        var result = await world.RunAsync("check", ToolWorld.Account);

        Assert.Equal(
            $"""
            CartoAccount {world.Namespace}/ours at {world.BaseUrl}

            STEP          RESULT    DETAIL
            credentials   ok        Secret {world.Namespace}/carto-login, CARTO_CLIENT_ID and CARTO_CLIENT_SECRET
            token         ok        obtained, ends in 23 h
            owner         ok        {world.User.ClientId}@clients (account {world.User.AccountId})
            tools         ok        MCP carto-emulator 1.0.0: create, list, get, rename, delete
            list          ok        1 client
            create        skipped   not asked for; --create creates a client, obtains a token with it and revokes it
            operator      warning   it has not reconciled this account yet

            operator: it has not reconciled this account yet
              - Check that it runs and that it watches this namespace.

            UNKNOWN               ANSWER
            address               {world.BaseUrl}/mcp/{world.User.AccountId}
            server                carto-emulator 1.0.0
            tools                 5 in 1 page, 6 KiB
            create                found: manage_oauth_clients(method=create, type=m2m, title)
            list                  found: manage_oauth_clients(method=list, type=m2m)
            get                   found: manage_oauth_clients(method=get, type=m2m, id)
            rename                found: manage_oauth_clients(method=update, type=m2m, id, title)
            delete                found: delete(kind=oauth_client, id)
            own client            listed
            paging                1 page
            types in the list     type: m2m
            secrets in the list   not shown
            names                 no two of 1 share one, which does not prove that none may

            The account works.

            """,
            result.Output
        );
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Empty(world.Carto.Clients(world.User));
    }

    [Fact]
    public async Task Check_WithCreate_CreatesAClientWithoutMarkerAndRevokesIt()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();

        var result = await world.RunAsync("check", ToolWorld.Account, "--create", "-o", "json");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            ["Ok", "Ok", "Ok", "Ok", "Ok", "Ok", "Ok", "Ok", "Ok", "Ok", "Warning"],
            result.Json.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("result").GetString())
        );
        var probe = Assert.Single(world.Carto.AllClients(), client => !client.IsAccountCredential);
        Assert.False(probe.IsLive);
        Assert.NotNull(probe.LastTokenAt);
        Assert.Matches("^carto-operator check [0-9a-f]{12} renamed$", probe.Name);
        Assert.Null(Mark.Read(probe.Name));
    }

    [Fact]
    public async Task Check_ListThatIsNotWhole_WarnsOfIt()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        world.Carto.Faults.Add(Fault.OddEntry(count: null));

        var result = await world.RunAsync("check", ToolWorld.Account, "-o", "json");

        Assert.Equal("Warning", Step(result, "list").Result);
        Assert.Contains("The list could not be read fully: 1 of 2 entries", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WithCreateWhoseSecretIsMasked_ReportsItAndRevokesIt()
    {
        await using var world = await ToolWorld.CreateAsync(server, new EmulatorVariants { SecretMask = "********", MaskInCreate = true });
        await world.ApplyAccountAsync();

        var result = await world.RunAsync("check", ToolWorld.Account, "--create", "-o", "json");

        Assert.Equal("Failed", Step(result, "verify").Result);
        Assert.Contains("does not show the secret", result.Output, StringComparison.Ordinal);
        Assert.Empty(world.Carto.Clients(world.User));
    }

    [Fact]
    public async Task Check_WithCreateWhoseRevocationHasNoEffectOnce_RepeatsIt()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        world.Carto.Faults.Add(Fault.NoEffect(Operation.Delete));

        var result = await world.RunAsync("check", ToolWorld.Account, "--create", "-o", "json");

        Assert.Equal("Ok", Step(result, "revoke").Result);
        Assert.Empty(world.Carto.Clients(world.User));
    }

    [Fact]
    public async Task Check_WithCreateWhoseAnswerIsLost_FindsTheClientAndRevokesIt()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        world.Carto.Faults.Add(Fault.CutAfter(Operation.Create));

        var result = await world.RunAsync("check", ToolWorld.Account, "--create", "-o", "json");

        Assert.Equal(ExitCodes.Unreachable, result.ExitCode);
        Assert.Equal("Ok", Step(result, "revoke").Result);
        Assert.False(Assert.Single(world.Carto.AllClients(), client => !client.IsAccountCredential).IsLive);
    }

    [Fact]
    public async Task Check_WithCreateWhosePairIsRefused_RevokesItAllTheSame()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        world.Time = new HastyTime();
        world.Carto.Faults.Add(
            new Fault
            {
                Kind = FaultKind.Status,
                Operation = Operation.Token,
                Status = 401,
                Skip = 1,
                Count = null,
            }
        );

        var result = await world.RunAsync("check", ToolWorld.Account, "--create", "-o", "json");

        Assert.Equal(ExitCodes.CredentialsRefused, result.ExitCode);
        Assert.Equal(("Failed", Reasons.CredentialsRefused), Step(result, "verify"));
        Assert.Equal("Ok", Step(result, "revoke").Result);
        Assert.Empty(world.Carto.Clients(world.User));
    }

    [Fact]
    public async Task Check_WithCreateThatCannotBeRevoked_SaysWhatToDeleteByHand()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        world.Carto.Faults.Add(
            new Fault
            {
                Kind = FaultKind.ToolError,
                Operation = Operation.Delete,
                Message = "not today",
                Count = null,
            }
        );

        var result = await world.RunAsync("check", ToolWorld.Account, "--create");

        var probe = Assert.Single(world.Carto.Clients(world.User));
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"The probe {probe.Id} could not be revoked: ", result.Output, StringComparison.Ordinal);
        Assert.Contains($"Delete the client named \"{probe.Name}\" in CARTO", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WrongPassword_NamesTheSecretAndSkipsTheRest()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync(secret: "wrong");

        var result = await world.RunAsync("check", ToolWorld.Account);

        Assert.Equal(ExitCodes.CredentialsRefused, result.ExitCode);
        Assert.Contains("token         failed    CredentialsRefused\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("list          skipped   an earlier step failed\n", result.Output, StringComparison.Ordinal);
        Assert.Contains(
            "\ntoken: 127.0.0.1 refuses the credentials. It says: access_denied, Unauthorized. The credentials come from Secret "
                + $"{world.Namespace}/carto-login",
            result.Output,
            StringComparison.Ordinal
        );
        Assert.EndsWith("\nThe account does not work.\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        UserRole.Viewer,
        AccountPlan.EnterpriseLarge,
        PermissionRefusal.Http,
        ExitCodes.NotPermitted,
        Reasons.InsufficientPermission
    )]
    [InlineData(
        UserRole.Editor,
        AccountPlan.EnterpriseMedium,
        PermissionRefusal.Http,
        ExitCodes.NotPermitted,
        Reasons.InsufficientPermission
    )]
    [InlineData(
        UserRole.Editor,
        AccountPlan.EnterpriseMedium,
        PermissionRefusal.ToolError,
        ExitCodes.NotPermitted,
        Reasons.InsufficientPermission
    )]
    [InlineData(
        UserRole.Viewer,
        AccountPlan.EnterpriseLarge,
        PermissionRefusal.ToolsHidden,
        ExitCodes.UnsupportedApi,
        Reasons.UnsupportedApi
    )]
    public async Task Check_PlanOrRoleNotSufficient_SaysWhatItTakes(
        UserRole role,
        AccountPlan plan,
        PermissionRefusal refusal,
        int code,
        string reason
    )
    {
        await using var world = await ToolWorld.CreateAsync(server, new EmulatorVariants { PermissionRefusal = refusal });
        await world.ApplyAccountAsync();
        world.Carto.AddUser("ana", role: role, plan: plan);

        var result = await world.RunAsync("check", ToolWorld.Account, "-o", "json");

        Assert.Equal(code, result.ExitCode);
        Assert.Equal(
            reason,
            result
                .Json.GetProperty("steps")
                .EnumerateArray()
                .Single(step => step.GetProperty("result").GetString() == "Failed")
                .GetProperty("reason")
                .GetString()
        );
        Assert.Contains("plan", result.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("role", result.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(M2MTokenAccess.ToolsHidden, ExitCodes.UnsupportedApi)]
    [InlineData(M2MTokenAccess.CallsRefused, ExitCodes.NotPermitted)]
    public async Task Check_TokenOfAnM2MClientThatMayNotManageClients_AdvisesAUsersToken(M2MTokenAccess access, int code)
    {
        await using var world = await ToolWorld.CreateAsync(server, new EmulatorVariants { M2MTokenAccess = access });
        await world.ApplyAccountAsync();

        var result = await world.RunAsync("check", ToolWorld.Account);
        var advised = await world.RunAloneAsync([
            .. Direct(world),
            "--access-token-file",
            world.File(world.Carto.IssueAccessToken(world.User)),
        ]);

        Assert.Equal(code, result.ExitCode);
        Assert.Contains("CARTO does not say whether its token may manage clients", result.Output, StringComparison.Ordinal);
        Assert.Contains("spec.auth.accessToken or spec.auth.refreshToken", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, advised.ExitCode);
    }

    [Fact]
    public async Task Check_ToolThatCannotBeBound_NamesWhatIsMissing()
    {
        await using var world = await ToolWorld.CreateAsync(server, new EmulatorVariants { NameArgument = "appellation" });
        await world.ApplyAccountAsync();

        var result = await world.RunAsync("check", ToolWorld.Account);

        Assert.Equal(ExitCodes.UnsupportedApi, result.ExitCode);
        Assert.Contains("appellation", result.Output, StringComparison.Ordinal);
        Assert.Contains("create", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_CertificateThatIsNotTrusted_ReportsIt()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync(withAuthority: false);

        var result = await world.RunAsync("check", ToolWorld.Account);

        Assert.Equal(ExitCodes.Untrusted, result.ExitCode);
        Assert.Contains("caBundle", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_HostThatDoesNotAnswer_ReportsIt()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        await world.Carto.DisposeAsync();

        var result = await world.RunAsync("check", ToolWorld.Account);

        Assert.Equal(ExitCodes.Unreachable, result.ExitCode);
        Assert.Contains("Cannot connect to 127.0.0.1: it refuses connections", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_SecretThatIsMissing_SaysWhatToCreate()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        await world.Place.Kubectl.RunAsync(["delete", "secret", ToolWorld.Login], Cancel);

        var result = await world.RunAsync("check", ToolWorld.Account);

        Assert.Equal(ExitCodes.CredentialsRefused, result.ExitCode);
        Assert.Contains(
            $"spec.auth.clientCredentials.secretRef: Secret {world.Namespace}/carto-login does not exist: create it",
            result.Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Check_WithoutCluster_TakesFilesAndVariables()
    {
        await using var world = await ToolWorld.CreateAsync(server);

        var files = await world.RunAloneAsync([
            .. Direct(world),
            "--client-id-file",
            world.File(world.User.ClientId + "\n"),
            "--client-secret-file",
            world.File(world.User.ClientSecret + "\n"),
        ]);
        var refresh = await world.RunAloneAsync([
            .. Direct(world),
            "--client-id",
            EmulatorUser.PublicClientId,
            "--refresh-token-file",
            world.File(world.Carto.IssueRefreshToken(world.User)),
        ]);
        world.Environment[WireNames.SecretKeys.ApiBaseUrl] = world.BaseUrl;
        world.Environment[WireNames.SecretKeys.TokenUrl] = world.Carto.TokenUrl.ToString();
        world.Environment[WireNames.SecretKeys.ClientId] = world.User.ClientId;
        world.Environment[WireNames.SecretKeys.ClientSecret] = world.User.ClientSecret;
        world.Environment["CARTO_CA_FILE"] = world.File(world.Carto.CaPem);
        var variables = await world.RunAloneAsync("check");

        Assert.All([files, refresh, variables], result => Assert.True(result.ExitCode == 0, result.ToString()));
        Assert.Contains("credentials   ok        CARTO_CLIENT_SECRET\n", variables.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "credentials: write exactly one of --client-secret-file, --access-token-file, --refresh-token-file, or set exactly one of "
            + "CARTO_CLIENT_SECRET, CARTO_ACCESS_TOKEN, CARTO_REFRESH_TOKEN",
        "--api-base-url",
        "https://a.example.com"
    )]
    [InlineData(
        "--api-base-url: \"http://a.example.com\" is not allowed; write an https:// URL of host, port and path",
        "--api-base-url",
        "http://a.example.com"
    )]
    [InlineData("--ca-file: goes with --api-base-url only: write that too", "--ca-file", "ca.pem")]
    [InlineData(
        "--ca-file: does not go with ACCOUNT, whose settings are in the cluster: leave out one of them",
        "cartoaccount/ours",
        "--ca-file",
        "ca.pem"
    )]
    [InlineData(
        "--client-secret-file: the file /nonexistent cannot be read: ",
        "--api-base-url",
        "https://a.example.com",
        "--client-secret-file",
        "/nonexistent"
    )]
    [InlineData(
        "--client-id: is missing; write the Client ID there, into a file for --client-id-file, or into CARTO_CLIENT_ID",
        "--api-base-url",
        "https://a.example.com",
        "--client-secret-file",
        "/etc/hostname"
    )]
    public async Task Check_OptionsThatMakeNoSense_AreRefusedBeforeAnythingIsTried(string message, params string[] arguments)
    {
        await using var world = await ToolWorld.CreateAsync(server);

        var result = await world.RunAloneAsync(["check", .. arguments]);

        Assert.StartsWith($"operator: {message}", result.Error, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Usage, ""), (result.ExitCode, result.Output));
    }

    [Theory]
    [InlineData("a\nb", "holds a line break or another control character")]
    [InlineData("", "is empty")]
    [InlineData("Bearer abc", "holds a space, as in 'Bearer ...'")]
    public async Task Check_FileThatIsNoToken_IsRefusedWithoutShowingIt(string content, string fault)
    {
        await using var world = await ToolWorld.CreateAsync(server);
        var file = world.File(content);

        var result = await world.RunAloneAsync([.. Direct(world), "--access-token-file", file]);

        Assert.Equal(
            $"operator: --access-token-file {file}: the value {fault}: write the credential alone, as CARTO shows it\n",
            result.Error
        );
        Assert.Equal(ExitCodes.Usage, result.ExitCode);
    }

    [Theory]
    [InlineData("ours", "ACCOUNT: \"ours\" is not allowed; write clustercartoaccount/NAME, or cartoaccount/NAME with --namespace")]
    [InlineData(
        "secret/ours",
        "ACCOUNT: \"secret/ours\" is not allowed; write clustercartoaccount/NAME, or cartoaccount/NAME with --namespace"
    )]
    public async Task Check_AccountThatIsNone_SaysWhatToWrite(string account, string message)
    {
        await using var world = await ToolWorld.CreateAsync(server);

        var result = await world.RunAsync("check", account);

        Assert.Equal($"operator: {message}\n", result.Error);
        Assert.Equal(ExitCodes.Usage, result.ExitCode);
    }

    [Fact]
    public async Task Check_AccountThatDoesNotExist_ReportsIt()
    {
        await using var world = await ToolWorld.CreateAsync(server);

        var result = await world.RunAsync("check", "cacc/theirs");

        Assert.StartsWith($"operator: there is no CartoAccount {world.Namespace}/theirs: ", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, result.ExitCode);
    }

    [Fact]
    public async Task Check_WithoutTheRightToReadTheSecret_NamesTheRight()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var access = await world.Place.CreateServiceAccountAsync("person", Cancel);
        await world.Place.ApplyAsync(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: accounts}
            rules: [{apiGroups: [credentials.carto.com], resources: [cartoaccounts], verbs: [get]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: accounts}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: accounts}
            subjects: [{kind: ServiceAccount, name: person}]
            """,
            Cancel
        );
        var kubeconfig = world.File("");
        access.WriteKubeconfig(kubeconfig);

        var result = await world.RunAloneAsync("check", ToolWorld.Account, "-n", world.Namespace, "--kubeconfig", kubeconfig);

        Assert.Contains("cannot get resource \"secrets\"", result.Output, StringComparison.Ordinal);
        Assert.Contains("This command has your rights", result.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, result.ExitCode);
    }

    private static string[] Direct(ToolWorld world) =>
        [
            "check",
            "--api-base-url",
            world.BaseUrl,
            "--token-url",
            world.Carto.TokenUrl.ToString(),
            "--ca-file",
            world.File(world.Carto.CaPem),
        ];

    private static (string? Result, string? Reason) Step(ToolResult result, string name)
    {
        var step = result.Json.GetProperty("steps").EnumerateArray().Single(one => one.GetProperty("step").GetString() == name);
        return (step.GetProperty("result").GetString(), step.TryGetProperty("reason", out var reason) ? reason.GetString() : null);
    }
}
