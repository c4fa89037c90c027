using System.CommandLine;
using Operator.Hosting;
using Operator.Runtime;

namespace Operator.Commands.Tools;

/// <summary>A resource on the command line: <c>NAMESPACE/NAME</c>, or <c>NAME</c> with a separate namespace.</summary>
internal static class ResourceArgument
{
    public static Argument<string> Create() =>
        new("NAMESPACE/NAME") { Description = "An M2MOAuthClient; NAME alone is read from --namespace" };

    /// <summary>Parses it.</summary>
    /// <exception cref="InvalidSettingException">It is invalid.</exception>
    public static ObjectKey Read(string text, string @namespace) =>
        text.Split('/') switch
        {
            [{ Length: > 0 } name] => new ObjectKey(@namespace, name),
            [{ Length: > 0 } where, { Length: > 0 } name] => new ObjectKey(where, name),
            _ => throw new InvalidSettingException(
                $"NAMESPACE/NAME: \"{text}\" is not allowed; write the namespace and the name of an M2MOAuthClient"
            ),
        };
}
