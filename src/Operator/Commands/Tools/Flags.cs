using System.CommandLine;

namespace Operator.Commands.Tools;

/// <summary>Boolean flags. They have no environment variable, since they must be given explicitly each time.</summary>
internal static class Flags
{
    public static Option<bool> Create(string name, string description) => new(name) { Description = description };
}
