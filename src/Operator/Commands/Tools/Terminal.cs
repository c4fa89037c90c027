namespace Operator.Commands.Tools;

/// <summary>Input, output and environment of a command.</summary>
internal sealed record Terminal
{
    /// <summary>Reads an environment variable.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>Only the requested output.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Everything else: errors, notes, progress, prompts.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Answers to prompts.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>Whether a user can be prompted.</summary>
    public bool CanAsk { get; init; }

    /// <summary>Whether <see cref="Error"/> is a terminal.</summary>
    public bool IsWatched { get; init; }

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess() =>
        new()
        {
            Environment = System.Environment.GetEnvironmentVariable,
            Output = Console.Out,
            Error = Console.Error,
            Input = Console.In,
            CanAsk = !Console.IsInputRedirected && !Console.IsErrorRedirected,
            IsWatched = !Console.IsErrorRedirected,
        };
}
