using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Carto.Emulator;
using Operator.TestKit;

namespace Operator.EndToEnd;

/// <summary>The commands for people, with the real executable beside a running operator. None of them says a secret.</summary>
public sealed class ToolTests(RunningOperator @operator) : TeamTests(@operator)
{
    private static readonly Dictionary<string, string> Environment = new() { ["HOME"] = "/nonexistent", ["KUBECONFIG"] = "" };

    private readonly StringBuilder _said = new();

    [Fact]
    public async Task Check_OfAGoodAccount_EndsWith0()
    {
        var team = await NewTeamAsync();
        await team.BecomesAsync($"cartoaccount/{Team.Account}", "Connected");

        var result = await RunAsync(team, "check", $"cartoaccount/{Team.Account}", "--create");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("operator      ok       Connected, 0 clients managed\n", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("\nThe account works.\n", result.Output, StringComparison.Ordinal);
        Assert.Empty(team.Carto.Clients(team.User));
        AssertSaysNoSecretOf(team);
    }

    [Fact]
    public async Task Check_OfAnAccountThatDoesNotWork_EndsWithTheCodeOfTheReason()
    {
        var team = await NewTeamAsync();
        string[] check = ["check", $"cartoaccount/{Team.Account}"];

        await team.ApplyLoginAsync("wrong");
        var refused = await RunAsync(team, check);
        await team.ApplyLoginAsync(team.User.ClientSecret);
        team.Carto.AddUser(team.User.Name, plan: AccountPlan.EnterpriseMedium);
        var plan = await RunAsync(team, check);
        team.Carto.AddUser(team.User.Name, role: UserRole.Viewer);
        var role = await RunAsync(team, check);
        team.Carto.AddUser(team.User.Name);
        await team.ApplyAccountAsync("https://localhost:1");
        var unreachable = await RunAsync(team, check);
        var alone = await OperatorProcess.RunAsync(
            [
                "check",
                "--api-base-url",
                "https://nowhere.invalid",
                "--token-url",
                "https://nowhere.invalid/token",
                "--client-id",
                "a",
                "--client-secret-file",
                "/etc/hostname",
            ],
            Environment,
            TestContext.Current.CancellationToken
        );
        await team.ApplyAccountAsync();

        Assert.Equal([3, 4, 4, 5, 5], new[] { refused, plan, role, unreachable, alone }.Select(result => result.ExitCode));
        Assert.Contains("The credentials come from Secret", refused.Output, StringComparison.Ordinal);
        Assert.Contains("Enterprise Large plan or above", plan.Output, StringComparison.Ordinal);
        Assert.Contains("role Editor or above", role.Output, StringComparison.Ordinal);
        Assert.Contains("Cannot connect to localhost: it refuses connections", unreachable.Output, StringComparison.Ordinal);
        Assert.Contains("The host name nowhere.invalid cannot be resolved", alone.Output, StringComparison.Ordinal);
        AssertSaysNoSecretOf(team);
    }

    [Fact]
    public async Task Check_KubeconfigWithACredentialPlugin_AsksItForTheToken()
    {
        var team = await NewTeamAsync();
        await team.BecomesAsync($"cartoaccount/{Team.Account}", "Connected");
        var token = Operator.Access.CreateConfiguration().AccessToken;
        var plugin = Operator.NewFile("plugin");
        await File.WriteAllTextAsync(
            plugin,
            $$$"""
            #!/bin/sh
            echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"{{{token}}}"}}'

            """,
            TestContext.Current.CancellationToken
        );
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(plugin, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var kubeconfig = Operator.NewFile("kubeconfig");
        Operator.Access.WriteKubeconfig(kubeconfig);
        var withToken = await File.ReadAllTextAsync(kubeconfig, TestContext.Current.CancellationToken);
        var withPlugin = withToken.Replace(
            $"token: \"{token}\"",
            $"exec: {{apiVersion: client.authentication.k8s.io/v1, command: {plugin}, interactiveMode: Never}}",
            StringComparison.Ordinal
        );
        Assert.NotEqual(withToken, withPlugin);
        await File.WriteAllTextAsync(kubeconfig, withPlugin, TestContext.Current.CancellationToken);

        var result = await OperatorProcess.RunAsync(
            ["check", $"cartoaccount/{Team.Account}", "-n", team.Namespace, "--kubeconfig", kubeconfig],
            Environment,
            TestContext.Current.CancellationToken
        );

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Check_InterruptedWhileItsClientExists_RevokesItAndEndsWith130()
    {
        var team = await NewTeamAsync();
        await team.BecomesAsync($"cartoaccount/{Team.Account}", "Connected");
        team.Carto.Faults.Add(
            new Fault
            {
                Kind = FaultKind.Hang,
                Operation = Operation.Token,
                Skip = 1,
                Count = null,
            }
        );
        using var process = Process.Start(
            new ProcessStartInfo(
                OperatorProcess.Executable,
                ["check", $"cartoaccount/{Team.Account}", "--create", "-n", team.Namespace, "--kubeconfig", Operator.Server.KubeconfigPath]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;

        await Eventually.TrueAsync(
            () => team.Carto.Clients(team.User).Count == 1,
            "the probe exists",
            TestContext.Current.CancellationToken
        );
        using var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((130, "", "operator: stopping; a second signal stops at once\n"), (process.ExitCode, output, error));
        Assert.Empty(team.Carto.Clients(team.User));
    }

    [Fact]
    public async Task Rotate_WithWait_EndsWhenTheSecretHoldsTheNewPair()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");
        var before = team.TheClient();

        var result = await RunAsync(team, "rotate", $"{team.Namespace}/etl", "--wait", "-o", "json");

        var report = JsonNode.Parse(result.Output)!;
        var secret = await team.SecretAsync("etl");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(before.Id, (string)report["replacedClientId"]!);
        Assert.Equal(secret["CARTO_CLIENT_ID"], (string)report["clientId"]!);
        Assert.NotEqual(before.Id, secret["CARTO_CLIENT_ID"]);
        AssertSaysNoSecretOf(team);
    }

    [Fact]
    public async Task Token_IsPrintedAloneAndWorks()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");

        var result = await OperatorProcess.RunAsync(
            ["token", $"{team.Namespace}/etl", "--kubeconfig", Operator.Server.KubeconfigPath],
            Environment,
            TestContext.Current.CancellationToken
        );

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(result.Output.TrimEnd('\n'), team.Carto.SecretsEverIssued);
        Assert.DoesNotContain(team.Carto.SecretsEverIssued, secret => result.Error.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Import_Applied_IsAdoptedByTheOperator()
    {
        var team = await NewTeamAsync();
        var client = team.Carto.CreateClient(team.User, "Weekly Reports");

        var result = await RunAsync(team, "import", $"cartoaccount/{Team.Account}", "--select", "Weekly*");
        await team.ApplyAsync(result.Output);
        await team.WaitReadyAsync("weekly-reports");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(client.Secret, (await team.SecretAsync("weekly-reports"))["CARTO_CLIENT_SECRET"]);
        AssertSaysNoSecretOf(team);
        await team.RunAsync("delete", "m2m", "weekly-reports");
        Assert.Equal(client.Id, team.TheClient().Id);
        team.Carto.DeleteClient(client.Id);
    }

    [Fact]
    public async Task Audit_OfAnAbandonedClient_FindsItAndRevokesItWhenAskedTo()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.ApplyClientAsync("kept");
        await team.WaitReadyAsync("etl");
        await team.WaitReadyAsync("kept");
        var kept = (await team.SecretAsync("kept"))["CARTO_CLIENT_ID"];
        var abandoned = (await team.SecretAsync("etl"))["CARTO_CLIENT_ID"];
        string[] audit = ["audit", $"cartoaccount/{Team.Account}", "--grace", "0s", "--allowed-hosts", "127.0.0.1"];
        var good = await RunAsync(team, audit);

        // The account is out of reach while the resource goes, which is what the annotation is for.
        await team.RunAsync("annotate", "m2m", "etl", "credentials.carto.com/abandon=true");
        team.Carto.Faults.Add(
            new Fault
            {
                Kind = FaultKind.Status,
                Operation = Operation.Delete,
                Status = 503,
                Count = null,
            }
        );
        await team.RunAsync("delete", "m2m", "etl");
        await team.RunAsync("delete", "secret", "etl", "--ignore-not-found");
        team.Carto.Faults.Clear();
        var found = await RunAsync(team, audit);
        var revoked = await RunAsync(team, [.. audit, "--revoke", "--yes"]);

        Assert.Equal([0, 8, 0], new[] { good, found, revoked }.Select(result => result.ExitCode));
        Assert.Contains(abandoned, found.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(kept, found.Output, StringComparison.Ordinal);
        Assert.Equal(kept, team.TheClient().Id);
        AssertSaysNoSecretOf(team);
    }

    [Fact]
    public async Task Version_AsJson_IsOneForPrograms()
    {
        var result = await OperatorProcess.RunAsync(["version", "-o", "json"], Environment, TestContext.Current.CancellationToken);

        Assert.Equal("credentials.carto.com/v1alpha1", (string)JsonNode.Parse(result.Output)!["apiVersion"]!);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("operator ch", "check")]
    [InlineData("operator version -o j", "json")]
    [InlineData("operator rotate --ti", "--timeout")]
    public async Task Completion_InARealBash_CompletesTheWord(string line, string expected)
    {
        var script = (await OperatorProcess.RunAsync(["completion", "bash"], Environment, TestContext.Current.CancellationToken)).Output;
        using var bash = Process.Start(
            new ProcessStartInfo(
                "bash",
                [
                    "-c",
                    $"{script}\nCOMP_LINE='{line}'; COMP_POINT={line.Length}; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - "
                        + "1)); "
                        + "_operator_complete; printf '%s\n' \"${COMPREPLY[@]}\"",
                ]
            )
            {
                RedirectStandardOutput = true,
                Environment = { ["PATH"] = $"{AppContext.BaseDirectory}:/usr/bin:/bin" },
            }
        )!;
        var completed = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal($"{expected}\n", completed);
    }

    private async Task<CommandResult> RunAsync(Team team, params string[] arguments)
    {
        var result = await OperatorProcess.RunAsync(
            [.. arguments, "-n", team.Namespace, "--kubeconfig", Operator.Server.KubeconfigPath],
            Environment,
            TestContext.Current.CancellationToken
        );
        _said.Append(result.Output).Append(result.Error);
        return result;
    }

    private void AssertSaysNoSecretOf(Team team)
    {
        var said = _said.ToString();
        Assert.DoesNotContain(team.Carto.SecretsEverIssued, secret => said.Contains(secret, StringComparison.Ordinal));
    }
}
