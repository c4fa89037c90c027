using System.CommandLine;

namespace Operator.Commands.Tools;

/// <summary>Shows progress to a waiting user; otherwise does nothing.</summary>
internal sealed class Progress(TextWriter error, bool isOn)
{
    /// <summary>The flag that enables it without a terminal.</summary>
    public static Option<bool> CreateFlag() =>
        Flags.Create("--progress", "Say on standard error what is under way, also where that is no terminal");

    /// <summary>Progress for one run.</summary>
    public static Progress Of(ParseResult parsed, Option<bool> flag, Terminal terminal) =>
        new(terminal.Error, terminal.IsWatched || parsed.GetValue(flag));

    /// <summary>Always writes a warning, even without a terminal.</summary>
    public void Warn(string line) => error.WriteLine($"operator: {TextTable.Clean(line)}");

    public void Say(string line)
    {
        if (isOn)
        {
            error.WriteLine(TextTable.Clean(line));
        }
    }
}
