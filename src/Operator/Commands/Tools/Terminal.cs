namespace Operator.Commands.Tools;

/// <summary>Where a command reads from and writes to.</summary>
internal sealed record Terminal
{
    /// <summary>Reads an environment variable.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>What was asked for, and nothing else.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Everything that is said beside it: mistakes, notes, progress, questions.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Answers to questions.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>A person sits there who can be asked.</summary>
    public bool CanAsk { get; init; }

    /// <summary>A person looks at <see cref="Error"/>.</summary>
    public bool IsWatched { get; init; }

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>That of this process.</summary>
    public static Terminal OfProcess() => new()
    {
        Environment = System.Environment.GetEnvironmentVariable,
        Output = Console.Out,
        Error = Console.Error,
        Input = Console.In,
        CanAsk = !Console.IsInputRedirected && !Console.IsErrorRedirected,
        IsWatched = !Console.IsErrorRedirected,
    };
}
