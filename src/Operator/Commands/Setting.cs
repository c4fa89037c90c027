using System.CommandLine;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary>A setting of a command: a flag, or the environment variable that is named after it. The flag wins.</summary>
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

    /// <summary>What stands behind the flag.</summary>
    public string Value { get; }

    /// <summary>What it does.</summary>
    public string Meaning { get; }

    /// <summary>What holds when it is not given, in words.</summary>
    public string DefaultText { get; }

    /// <summary>Its environment variable.</summary>
    public string Variable { get; }

    /// <summary>The flag as the command line knows it.</summary>
    public Option Option { get; }

    /// <summary>What was given, and where; null when it was not. An empty variable counts as not given.</summary>
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
/// <param name="value">What stands behind the flag in the help.</param>
/// <param name="meaning">What it does.</param>
/// <param name="defaultText">What holds when it is not given, in words.</param>
/// <param name="fallback">What holds when it is not given.</param>
/// <param name="allowed">What may be written, for the message about what may not.</param>
/// <param name="read">Reads a value.</param>
/// <param name="many">It may be given several times; all that was given is read as one, joined by commas.</param>
/// <param name="variable">Its environment variable, where that is not named after the flag.</param>
internal sealed class Setting<T>(
    string flag,
    string value,
    string meaning,
    string defaultText,
    T fallback,
    string allowed,
    Setting<T>.Reader read,
    bool many = false,
    string? variable = null) : Setting(flag, value, meaning, defaultText, many, variable)
{
    /// <summary>Reads a value; false when it is not allowed.</summary>
    public delegate bool Reader(string text, out T value);

    /// <summary>The value that holds.</summary>
    /// <exception cref="InvalidSettingException">What was given is not allowed.</exception>
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
