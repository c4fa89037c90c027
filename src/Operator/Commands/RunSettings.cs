using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary>The settings of <c>operator run</c>.</summary>
internal sealed class RunSettings
{
    private const int MaxConcurrency = 1000;

    private static readonly OperatorOptions Defaults = new();

    private readonly Setting<string?> _kubeconfig = new(
        "--kubeconfig",
        "FILE",
        "Kubeconfig to reach the cluster with",
        "the service account of the pod, else $KUBECONFIG, else ~/.kube/config",
        null,
        "the path of a file",
        NotEmpty);

    private readonly Setting<string?> _context = new(
        "--context", "NAME", "Context of the kubeconfig; with it the pod's service account is not used", "the current one", null, "the name of a context", NotEmpty);

    private readonly Setting<LogFormat> _logFormat = new(
        "--log-format", "json|console", "Form of the log", "json", Defaults.LogFormat, "json or console", Word<LogFormat>);

    private readonly Setting<LogLevel> _logLevel = new(
        "--log-level",
        "LEVEL",
        "Least severe records of the log: trace, debug, information, warning, error, critical",
        "information",
        Defaults.LogLevel,
        "trace, debug, information, warning, error or critical",
        ReadLevel);

    private readonly Setting<HealthAddress> _healthPort = new(
        "--health-port",
        "[ADDRESS:]PORT",
        "Where /livez and /readyz are served; port 0 takes a free one and logs it",
        Defaults.Health.ToString(),
        Defaults.Health,
        "a port from 0 to 65535, or an IP address and a port such as 127.0.0.1:8081",
        HealthAddress.TryParse);

    private readonly Setting<int> _concurrency = new(
        "--concurrency",
        "N",
        "How many resources are worked on at a time",
        Defaults.Concurrency.ToString(CultureInfo.InvariantCulture),
        Defaults.Concurrency,
        "a number from 1 to 1000",
        ReadConcurrency);

    private readonly Setting<string?> _clusterId = new(
        "--cluster-id",
        "ID",
        "Six hexadecimal digits that mark this cluster's clients in CARTO; never change it while clients exist",
        "taken from the uid of the namespace kube-system",
        null,
        "six digits of 0-9 and a-f, such as 3f2a1c",
        ReadClusterId);

    private readonly Setting<string?> _namespace = new(
        "--namespace",
        "NAME",
        "The only namespace to look at; resources in it then need a CartoAccount, because a ClusterCartoAccount is not looked at",
        "all namespaces",
        null,
        "the name of a namespace",
        ReadNamespace);

    private readonly Setting<IReadOnlyList<string>> _allowedHosts = new(
        "--allowed-hosts",
        "HOST,...",
        "Hosts that namespaced accounts may reach; *.example.com means every host below example.com; may be given several times",
        string.Join(',', Defaults.AllowedHosts),
        Defaults.AllowedHosts,
        "host names, IPv4 addresses and patterns such as *.example.com, without scheme, port and path",
        ReadHosts,
        many: true);

    private readonly Setting<bool> _verify = new(
        "--verify",
        "true|false",
        "Whether a new pair is proven by obtaining a token with it; false overrides spec.verify",
        "true",
        Defaults.Verify,
        "true or false",
        bool.TryParse);

    /// <summary>All of them, in the order of the help.</summary>
    public IReadOnlyList<Setting> All =>
        [_kubeconfig, _context, _logFormat, _logLevel, _healthPort, _concurrency, _clusterId, _namespace, _allowedHosts, _verify];

    /// <summary>The options that flags, environment and defaults come to.</summary>
    /// <exception cref="InvalidSettingException">One of them is not allowed.</exception>
    public OperatorOptions Read(ParseResult parsed, Func<string, string?> environment) => new()
    {
        Kubeconfig = _kubeconfig.Read(parsed, environment),
        Context = _context.Read(parsed, environment),
        LogFormat = _logFormat.Read(parsed, environment),
        LogLevel = _logLevel.Read(parsed, environment),
        Health = _healthPort.Read(parsed, environment),
        Concurrency = _concurrency.Read(parsed, environment),
        ClusterId = _clusterId.Read(parsed, environment),
        Namespace = _namespace.Read(parsed, environment),
        AllowedHosts = _allowedHosts.Read(parsed, environment),
        Verify = _verify.Read(parsed, environment),
    };

    private static bool NotEmpty(string text, out string? value)
    {
        value = text;
        return !string.IsNullOrWhiteSpace(text);
    }

    // Numbers are names of no value here, although Enum.TryParse takes them.
    private static bool Word<TEnum>(string text, out TEnum value)
        where TEnum : struct, Enum
    {
        value = default;
        return text.All(char.IsAsciiLetter) && Enum.TryParse(text, ignoreCase: true, out value);
    }

    private static bool ReadLevel(string text, out LogLevel value) => Word(text, out value) && value != LogLevel.None;

    private static bool ReadConcurrency(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value is >= 1 and <= MaxConcurrency;

    private static bool ReadClusterId(string text, out string? value)
    {
        value = text;
        return text.Length == 6 && text.All(char.IsAsciiHexDigitLower);
    }

    private static bool ReadNamespace(string text, out string? value)
    {
        value = text;
        return text.Length is > 0 and <= 63
            && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            && text[0] != '-'
            && text[^1] != '-';
    }

    private static bool ReadHosts(string text, out IReadOnlyList<string> value)
    {
        value = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return value.Count > 0 && value.All(IsHostPattern);
    }

    private static bool IsHostPattern(string text)
    {
        var name = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text;
        return Uri.CheckHostName(name) is UriHostNameType.Dns or UriHostNameType.IPv4;
    }
}
