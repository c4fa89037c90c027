namespace Operator.Contracts.Schema;

/// <summary>Parts of expressions shared by several rules: regular expressions as CEL string literals.</summary>
internal static class Expressions
{
    public const string DataKey = "r'^[-._a-zA-Z0-9]+$'";

    /// <summary>A rule: the ID of a client.</summary>
    public const string IsClientId = "self.matches(r'^[!-~]+$')";

    public const string ClientIdMessage = "write the Client ID as CARTO shows it: letters, digits and signs without spaces";

    public const string Duration = "r'^([0-9]{1,4}w)?([0-9]{1,5}d)?([0-9]{1,6}h)?([0-9]{1,7}m)?([0-9]{1,8}s)?$'";

    /// <summary>IANA names; never the machine's local zone, which differs between nodes.</summary>
    public const string TimeZone = "r'^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$'";

    public const string ServerUrl = $"r'^(https://({Host}|{IPv6})|http://{Loopback})(:[0-9]{{1,5}})?(/[A-Za-z0-9._~-]+)*$'";

    /// <summary>Key of a label or annotation: a name with an optional DNS prefix.</summary>
    public const string QualifiedName =
        @"r'^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$'";

    public const string LabelValue = "r'^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$'";

    /// <summary>A rule: five fields, each a list of values, ranges and steps within its bounds.</summary>
    public const string IsCron =
        $"self.split(' ').size() == 5 && self.split(' ')[0]{IsListOf}{MinuteValue}{OrRangeOf}{MinuteValue}{WithStep} "
        + $"&& self.split(' ')[1]{IsListOf}{HourValue}{OrRangeOf}{HourValue}{WithStep} "
        + $"&& self.split(' ')[2]{IsListOf}{DayValue}{OrRangeOf}{DayValue}{WithStep} "
        + $"&& self.split(' ')[3]{IsListOf}{MonthValue}{OrRangeOf}{MonthValue}{WithStep} "
        + $"&& self.split(' ')[4]{IsListOf}{WeekdayValue}{OrRangeOf}{WeekdayValue}{WithStep}";

    /// <summary>Appended to a duration expression: its length in seconds.</summary>
    public const string InSeconds =
        ".findAll('[0-9]+[wdhms]').map(p, int(p.substring(0, size(p) - 1)) * "
        + "(p.endsWith('w') ? 604800 : p.endsWith('d') ? 86400 : p.endsWith('h') ? 3600 : p.endsWith('m') ? 60 : 1)).sum()";

    private const string Host = @"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*";

    /// <summary>A possible IPv6 address. The operator validates it fully, which is too complex for an expression.</summary>
    private const string IPv6 = @"\[[0-9A-Fa-f:]{2,39}\]";

    private const string Loopback = @"(localhost|127\.0\.0\.1|\[::1\])";

    private const string MinuteValue = "[0-5]?[0-9]";
    private const string HourValue = "([01]?[0-9]|2[0-3])";
    private const string DayValue = "(0?[1-9]|[12][0-9]|3[01])";
    private const string MonthValue = "(0?[1-9]|1[0-2]|(?i:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC))";
    private const string WeekdayValue = "([0-7]|(?i:SUN|MON|TUE|WED|THU|FRI|SAT))";
    private const string IsListOf = @".split(',').all(p, p.matches(r'^(\*|";
    private const string OrRangeOf = "(-";
    private const string WithStep = ")?)(/[1-9][0-9]?)?$'))";
}
