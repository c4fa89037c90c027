using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Operator.Commands.Tools;
using Operator.Contracts;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary>The settings of <c>operator run</c>.</summary>
internal sealed class RunSettings
{
    private const int MaxConcurrency = 1000;
    private const string Times = "a time from 1s to 1h, such as 15s or 1m30s";

    private static readonly OperatorOptions Defaults = new();

    private readonly Setting<string?> _kubeconfig = ClusterSettings.Kubeconfigs();

    private readonly Setting<string?> _context = ClusterSettings.Contexts();

    private readonly Setting<LogFormat> _logFormat = new(
        "--log-format",
        "json|console",
        "Form of the log",
        "json",
        Defaults.LogFormat,
        "json or console",
        SettingReaders.Word
    );

    private readonly Setting<LogLevel> _logLevel = new(
        "--log-level",
        "LEVEL",
        "Least severe records of the log: trace, debug, information, warning, error, critical",
        "information",
        Defaults.LogLevel,
        "trace, debug, information, warning, error or critical",
        ReadLevel
    );

    private readonly Setting<ListenAddress> _healthPort = new(
        "--health-port",
        "[ADDRESS:]PORT",
        "Where /livez and /readyz are served; port 0 takes a free one and logs it",
        Defaults.Health.ToString(),
        Defaults.Health,
        "a port from 0 to 65535, or an IP address and a port such as 127.0.0.1:8081",
        ListenAddress.TryParse
    );

    private readonly Setting<ListenAddress?> _metricsPort = new(
        "--metrics-port",
        "[ADDRESS:]PORT|off",
        "Where /metrics is served for Prometheus; port 0 takes a free one and logs it",
        Defaults.Metrics.ToString()!,
        Defaults.Metrics,
        "off, a port from 0 to 65535, or an IP address and a port such as 127.0.0.1:8080",
        ReadMetrics
    );

    private readonly Setting<bool> _metricsPerResource = new(
        "--metrics-per-resource",
        "true|false",
        "Whether there are metrics of each single resource, too, up to 30,000 of them; each takes memory here and in Prometheus",
        "false",
        Defaults.MetricsPerResource,
        "true or false",
        bool.TryParse
    );

    private readonly Setting<int> _concurrency = new(
        "--concurrency",
        "N",
        "How many resources are worked on at a time; those of one account take half of that at most",
        Defaults.Concurrency.ToString(CultureInfo.InvariantCulture),
        Defaults.Concurrency,
        "a number from 1 to 1000",
        ReadConcurrency
    );

    private readonly Setting<string?> _clusterId = new(
        "--cluster-id",
        "ID",
        "Six hexadecimal digits that mark this cluster's clients in CARTO; never change it while clients exist",
        "taken from the uid of the namespace kube-system",
        null,
        "six digits of 0-9 and a-f, such as 3f2a1c",
        SettingReaders.ClusterId
    );

    private readonly Setting<IReadOnlyList<string>> _namespaces = new(
        "--namespace",
        "NAME,...",
        "The only namespaces to watch; resources in them then need a CartoAccount, because no ClusterCartoAccount is watched; "
            + "may be given several times",
        "all namespaces",
        Defaults.Namespaces,
        "names of namespaces",
        SettingReaders.Namespaces,
        many: true
    );

    private readonly Setting<bool> _leaderElect = new(
        "--leader-elect",
        "true|false",
        "Whether to work only while holding the lease, so that one of several operators does; without it there must be no second one",
        "true",
        Defaults.LeaderElect,
        "true or false",
        bool.TryParse
    );

    private readonly Setting<string> _leaseName = new(
        "--lease-name",
        "NAME",
        "Name of the Lease; operators with the same one take turns",
        Defaults.LeaseName,
        Defaults.LeaseName,
        "a name of lower-case letters, digits, - and .",
        ReadName
    );

    private readonly Setting<string?> _leaseNamespace = new(
        "--lease-namespace",
        "NAME",
        "Namespace of the Lease",
        $"that of the pod, else {WireNames.Manager}",
        null,
        "the name of a namespace",
        SettingReaders.Namespace
    );

    private readonly Setting<TimeSpan> _leaseDuration = new(
        "--lease-duration",
        "TIME",
        "How long others wait after the last sign of life of a leader before one of them takes its place",
        "15s",
        Defaults.LeaseDuration,
        Times,
        ReadTime
    );

    private readonly Setting<TimeSpan> _leaseRenewDeadline = new(
        "--lease-renew-deadline",
        "TIME",
        "How long a leader that cannot renew its lease goes on; shorter than --lease-duration",
        "10s",
        Defaults.LeaseRenewDeadline,
        Times,
        ReadTime
    );

    private readonly Setting<TimeSpan> _leaseRetryPeriod = new(
        "--lease-retry-period",
        "TIME",
        "How often a leader renews its lease; at most half of --lease-renew-deadline",
        "2s",
        Defaults.LeaseRetryPeriod,
        Times,
        ReadTime
    );

    private readonly Setting<IReadOnlyList<string>> _allowedHosts = CreateAllowedHosts();

    private readonly Setting<bool> _verify = new(
        "--verify",
        "true|false",
        "Whether new credentials are verified by obtaining a token with them; false overrides spec.verify",
        "true",
        Defaults.Verify,
        "true or false",
        bool.TryParse
    );

    /// <summary>All of them, in the order of the help.</summary>
    public IReadOnlyList<Setting> All =>
        [
            _kubeconfig,
            _context,
            _logFormat,
            _logLevel,
            _healthPort,
            _metricsPort,
            _metricsPerResource,
            _leaderElect,
            _leaseName,
            _leaseNamespace,
            _leaseDuration,
            _leaseRenewDeadline,
            _leaseRetryPeriod,
            _concurrency,
            _clusterId,
            _namespaces,
            _allowedHosts,
            _verify,
        ];

    /// <summary>The options from flags, environment and defaults.</summary>
    /// <exception cref="InvalidSettingException">One of them is not allowed.</exception>
    public OperatorOptions Read(ParseResult parsed, Func<string, string?> environment)
    {
        var options = ReadEach(parsed, environment);
        if (options.LeaseRenewDeadline >= options.LeaseDuration)
        {
            throw new InvalidSettingException(
                $"--lease-renew-deadline: {options.LeaseRenewDeadline.TotalSeconds} s is not shorter than the "
                    + $"{options.LeaseDuration.TotalSeconds} s of "
                    + "--lease-duration, so two operators could work at a time; write a shorter one, or a longer --lease-duration"
            );
        }

        if (2 * options.LeaseRetryPeriod > options.LeaseRenewDeadline)
        {
            throw new InvalidSettingException(
                $"--lease-retry-period: {options.LeaseRetryPeriod.TotalSeconds} s is more than half of the "
                    + $"{options.LeaseRenewDeadline.TotalSeconds} s of "
                    + "--lease-renew-deadline, so one renewal that fails could end the operator; write a shorter one, or a longer "
                    + "--lease-renew-deadline"
            );
        }

        return options;
    }

    private OperatorOptions ReadEach(ParseResult parsed, Func<string, string?> environment) =>
        new()
        {
            Kubeconfig = _kubeconfig.Read(parsed, environment),
            Context = _context.Read(parsed, environment),
            LogFormat = _logFormat.Read(parsed, environment),
            LogLevel = _logLevel.Read(parsed, environment),
            Health = _healthPort.Read(parsed, environment),
            Metrics = _metricsPort.Read(parsed, environment),
            MetricsPerResource = _metricsPerResource.Read(parsed, environment),
            Concurrency = _concurrency.Read(parsed, environment),
            ClusterId = _clusterId.Read(parsed, environment),
            Namespaces = _namespaces.Read(parsed, environment),
            LeaderElect = _leaderElect.Read(parsed, environment),
            LeaseName = _leaseName.Read(parsed, environment),
            LeaseNamespace = _leaseNamespace.Read(parsed, environment),
            LeaseDuration = _leaseDuration.Read(parsed, environment),
            LeaseRenewDeadline = _leaseRenewDeadline.Read(parsed, environment),
            LeaseRetryPeriod = _leaseRetryPeriod.Read(parsed, environment),
            AllowedHosts = _allowedHosts.Read(parsed, environment),
            Verify = _verify.Read(parsed, environment),
        };

    /// <summary>The allowed-hosts setting, shared by all commands that use accounts not named by the user.</summary>
    public static Setting<IReadOnlyList<string>> CreateAllowedHosts() =>
        new(
            "--allowed-hosts",
            "HOST,...",
            "Hosts that namespaced accounts may reach; *.example.com means every host below example.com; may be given several times",
            string.Join(',', Defaults.AllowedHosts),
            Defaults.AllowedHosts,
            "host names, IP addresses and patterns such as *.example.com, without scheme, port and path",
            ReadHosts,
            many: true
        );

    private static bool ReadLevel(string text, out LogLevel value) => SettingReaders.Word(text, out value) && value != LogLevel.None;

    private static bool ReadMetrics(string text, out ListenAddress? value)
    {
        value = null;
        if (text == "off")
        {
            return true;
        }

        var isAddress = ListenAddress.TryParse(text, out var address);
        value = address;
        return isAddress;
    }

    private static bool ReadConcurrency(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value is >= 1 and <= MaxConcurrency;

    private static bool ReadName(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= 253
            && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
            && char.IsAsciiLetterOrDigit(text[0])
            && char.IsAsciiLetterOrDigit(text[^1]);
    }

    private static bool ReadTime(string text, out TimeSpan value) =>
        WireDuration.TryParse(text, out value) && value >= TimeSpan.FromSeconds(1) && value <= TimeSpan.FromHours(1);

    private static bool ReadHosts(string text, out IReadOnlyList<string> value)
    {
        value = SettingReaders.List(text);
        return value.Count > 0 && value.All(IsHostPattern);
    }

    private static bool IsHostPattern(string text)
    {
        var isPattern = text.StartsWith("*.", StringComparison.Ordinal);
        return Uri.CheckHostName(isPattern ? text[2..] : text) switch
        {
            UriHostNameType.Dns or UriHostNameType.IPv4 => true,
            UriHostNameType.IPv6 => !isPattern,
            _ => false,
        };
    }
}
