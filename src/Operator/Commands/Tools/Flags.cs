using System.CommandLine;

namespace Operator.Commands.Tools;

/// <summary>Options without a value. They have no environment variable: what they allow is asked for each time.</summary>
internal static class Flags
{
    public static Option<bool> Create(string name, string description) => new(name) { Description = description };
}
