using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Logging;
using Operator.Commands;
using Operator.Hosting;

namespace Operator.Tests.Commands;

public sealed class RunSettingsTests
{
    [Fact]
    public void Read_Nothing_GivesTheDefaults()
    {
        var options = Read([], []);

        Assert.Equal(new OperatorOptions() with { AllowedHosts = options.AllowedHosts }, options);
        Assert.Equal(["*.carto.com"], options.AllowedHosts);
        Assert.Equal(new ListenAddress(null, 8081), options.Health);
        Assert.True(options.Verify);
    }

    [Fact]
    public void Read_EveryFlag_IsTaken()
    {
        var options = Read(
            [
                "--kubeconfig",
                "a",
                "--context",
                "b",
                "--log-format",
                "console",
                "--log-level",
                "debug",
                "--health-port",
                "127.0.0.1:0",
                "--concurrency",
                "3",
                "--cluster-id",
                "3f2a1c",
                "--allowed-hosts",
                "a.example.com, *.example.org",
                "--allowed-hosts",
                "10.0.0.1,fd00::7,[fd00::8]",
                "--namespace",
                "team-a",
                "--namespace",
                "team-b,team-a",
                "--verify",
                "false",
                "--leader-elect",
                "false",
                "--lease-name",
                "my.lease",
                "--lease-namespace",
                "ops",
                "--lease-duration",
                "1m",
                "--lease-renew-deadline",
                "40s",
                "--lease-retry-period",
                "20s",
                "--metrics-port",
                "off",
            ],
            []
        );

        var expected = new OperatorOptions
        {
            Kubeconfig = "a",
            Context = "b",
            LogFormat = LogFormat.Console,
            LogLevel = LogLevel.Debug,
            Health = new ListenAddress(IPAddress.Loopback, 0),
            Concurrency = 3,
            ClusterId = "3f2a1c",
            Namespaces = options.Namespaces,
            AllowedHosts = options.AllowedHosts,
            Verify = false,
            LeaderElect = false,
            Metrics = null,
            LeaseName = "my.lease",
            LeaseNamespace = "ops",
            LeaseDuration = TimeSpan.FromMinutes(1),
            LeaseRenewDeadline = TimeSpan.FromSeconds(40),
            LeaseRetryPeriod = TimeSpan.FromSeconds(20),
        };
        Assert.Equal(expected, options);
        Assert.Equal(["team-a", "team-b"], options.Namespaces);
        Assert.Equal(["a.example.com", "*.example.org", "10.0.0.1", "fd00::7", "[fd00::8]"], options.AllowedHosts);
    }

    [Fact]
    public void Read_Variables_AreTakenAndFlagsWin()
    {
        var options = Read(
            ["--concurrency", "3"],
            new()
            {
                ["CARTO_OPERATOR_CONCURRENCY"] = "4",
                ["CARTO_OPERATOR_LOG_LEVEL"] = "Warning",
                ["CARTO_OPERATOR_VERIFY"] = "",
            }
        );

        Assert.Equal(3, options.Concurrency);
        Assert.Equal(LogLevel.Warning, options.LogLevel);
        Assert.True(options.Verify);
    }

    [Theory]
    [InlineData("--log-level", "none")]
    [InlineData("--log-level", "3")]
    [InlineData("--log-level", "information,debug")]
    [InlineData("--log-format", "xml")]
    [InlineData("--health-port", "65536")]
    [InlineData("--health-port", "localhost:80")]
    [InlineData("--health-port", "::1:80")]
    [InlineData("--concurrency", "0")]
    [InlineData("--concurrency", "1001")]
    [InlineData("--concurrency", "+1")]
    [InlineData("--cluster-id", "3F2A1C")]
    [InlineData("--cluster-id", "3f2a1")]
    [InlineData("--allowed-hosts", "https://a.example.com")]
    [InlineData("--allowed-hosts", "a.example.com:443")]
    [InlineData("--allowed-hosts", "a.*.example.com")]
    [InlineData("--allowed-hosts", ",")]
    [InlineData("--allowed-hosts", "*.[fd00::7]")]
    [InlineData("--allowed-hosts", "[fd00::7]:443")]
    [InlineData("--namespace", "Team")]
    [InlineData("--namespace", "team-")]
    [InlineData("--namespace", "team-a,Team")]
    [InlineData("--verify", "yes")]
    [InlineData("--kubeconfig", " ")]
    [InlineData("--metrics-port", "on")]
    [InlineData("--leader-elect", "on")]
    [InlineData("--lease-name", "My")]
    [InlineData("--lease-name", "lease.")]
    [InlineData("--lease-namespace", "Ops")]
    [InlineData("--lease-duration", "15")]
    [InlineData("--lease-duration", "0s")]
    [InlineData("--lease-renew-deadline", "500ms")]
    [InlineData("--lease-retry-period", "2h")]
    public void Read_ValueThatIsNotAllowed_IsRefusedByNameValueAndWhatIsAllowed(string flag, string value)
    {
        var byFlag = Assert.Throws<InvalidSettingException>(() => Read([flag, value], [])).Message;
        var variable = "CARTO_OPERATOR_" + flag[2..].Replace('-', '_').ToUpperInvariant();
        var byVariable = Assert.Throws<InvalidSettingException>(() => Read([], new() { [variable] = value })).Message;

        Assert.StartsWith($"{flag}: \"{value}\" is not allowed; write ", byFlag, StringComparison.Ordinal);
        Assert.StartsWith($"{variable}: \"{value}\" is not allowed; write ", byVariable, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', byFlag);
    }

    [Theory]
    [InlineData("15s", "15s", "2s", "--lease-renew-deadline: 15 s is not shorter than the 15 s of --lease-duration, so ")]
    [InlineData("15s", "10s", "6s", "--lease-retry-period: 6 s is more than half of the 10 s of --lease-renew-deadline, so ")]
    public void Read_LeaseTimesThatDoNotGoTogether_AreRefusedByNameAndValue(string duration, string deadline, string period, string message)
    {
        var refusal = Assert
            .Throws<InvalidSettingException>(() =>
                Read(["--lease-duration", duration, "--lease-renew-deadline", deadline, "--lease-retry-period", period], [])
            )
            .Message;

        Assert.StartsWith(message, refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8081", null, 8081)]
    [InlineData("0.0.0.0:0", "0.0.0.0", 0)]
    [InlineData("[::1]:8081", "::1", 8081)]
    public void ListenAddress_OfEachForm_ReadsAndWrites(string text, string? address, int port)
    {
        Assert.True(ListenAddress.TryParse(text, out var read));

        Assert.Equal(new ListenAddress(address is null ? null : IPAddress.Parse(address), port), read);
        Assert.Equal(text, read.ToString());
    }

    private static OperatorOptions Read(string[] arguments, Dictionary<string, string> environment)
    {
        var settings = new RunSettings();
        var command = new RootCommand();
        foreach (var setting in settings.All)
        {
            command.Add(setting.Option);
        }

        var parsed = command.Parse(arguments);
        Assert.Empty(parsed.Errors);
        return settings.Read(parsed, environment.GetValueOrDefault);
    }
}
