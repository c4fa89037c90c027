using System.CommandLine;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary>A setting of a command: a flag, or the environment variable named after it. The flag takes precedence.</summary>
internal abstract class Setting
{
    private const string Prefix = "CARTO_OPERATOR_";

    protected Setting(string flag, string value, string meaning, string defaultText, bool many, string? variable)
    {
        Flag = flag;
        Value = value;
        Meaning = meaning;
        DefaultText = defaultText;
        Variable = variable ?? Prefix + flag.TrimStart('-').Replace('-', '_').ToUpperInvariant();
        Option = many ? new Option<string[]>(flag) { Arity = ArgumentArity.OneOrMore } : new Option<string>(flag);
        Option.HelpName = value;
        Option.Description = $"{meaning} [{Variable}; default: {defaultText}]";
    }

    /// <summary>The flag, such as <c>--log-level</c>.</summary>
    public string Flag { get; }

    /// <summary>Placeholder for the value in the help.</summary>
    public string Value { get; }

    /// <summary>What it does.</summary>
    public string Meaning { get; }

    /// <summary>Description of the default.</summary>
    public string DefaultText { get; }

    /// <summary>Its environment variable.</summary>
    public string Variable { get; }

    /// <summary>The command-line option.</summary>
    public Option Option { get; }

    /// <summary>The given values and their source; null if not given. An empty variable counts as not given.</summary>
    protected (string Source, string[] Values)? Given(ParseResult parsed, Func<string, string?> environment)
    {
        if (parsed.GetResult(Option) is { Implicit: false } given)
        {
            return (Flag, [.. given.Tokens.Select(token => token.Value)]);
        }

        return environment(Variable) is { Length: > 0 } value ? (Variable, [value]) : null;
    }
}

/// <inheritdoc />
/// <param name="flag">The flag, such as <c>--log-level</c>.</param>
/// <param name="value">Placeholder for the value in the help.</param>
/// <param name="meaning">What it does.</param>
/// <param name="defaultText">Description of the default.</param>
/// <param name="fallback">The default.</param>
/// <param name="allowed">Allowed values, for error messages.</param>
/// <param name="read">Parses a value.</param>
/// <param name="many">It may be repeated; the values are joined by commas.</param>
/// <param name="variable">Its environment variable, if not named after the flag.</param>
internal sealed class Setting<T>(
    string flag,
    string value,
    string meaning,
    string defaultText,
    T fallback,
    string allowed,
    Setting<T>.Reader read,
    bool many = false,
    string? variable = null
) : Setting(flag, value, meaning, defaultText, many, variable)
{
    /// <summary>Parses a value; false if it is not allowed.</summary>
    public delegate bool Reader(string text, out T value);

    /// <summary>The effective value.</summary>
    /// <exception cref="InvalidSettingException">The given value is not allowed.</exception>
    public T Read(ParseResult parsed, Func<string, string?> environment)
    {
        if (Given(parsed, environment) is not var (source, values))
        {
            return fallback;
        }

        var text = string.Join(',', values);
        return read(text, out var found)
            ? found
            : throw new InvalidSettingException($"{source}: \"{text}\" is not allowed; write {allowed}");
    }
}
