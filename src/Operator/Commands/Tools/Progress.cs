using System.CommandLine;

namespace Operator.Commands.Tools;

/// <summary>Tells a person who waits what is going on. Nothing, where nobody looks.</summary>
internal sealed class Progress(TextWriter error, bool isOn)
{
    /// <summary>The flag that turns it on where no person seems to look.</summary>
    public static Option<bool> CreateFlag() => Flags.Create("--progress", "Say on standard error what is under way, also where that is no terminal");

    /// <summary>Whether a run is to tell it.</summary>
    public static Progress Of(ParseResult parsed, Option<bool> flag, Terminal terminal) =>
        new(terminal.Error, terminal.IsWatched || parsed.GetValue(flag));

    /// <summary>What must be said, whether somebody looks or not.</summary>
    public void Warn(string line) => error.WriteLine($"operator: {TextTable.Clean(line)}");

    public void Say(string line)
    {
        if (isOn)
        {
            error.WriteLine(TextTable.Clean(line));
        }
    }
}
