using Operator.TestKit;

namespace Operator.Demo;

/// <summary>Tells what happens, as it would look in a terminal.</summary>
internal sealed class Narrator(TextWriter output)
{
    private int _steps;

    /// <summary>The step that is on, with its number.</summary>
    public string Step { get; private set; } = "0 (start)";

    /// <summary>Begins a step.</summary>
    public void Begin(string what)
    {
        Step = $"{++_steps} ({what})";
        output.WriteLine($"\n── {_steps}. {what}");
    }

    /// <summary>Says a line or more.</summary>
    public void Say(string text) => output.WriteLine(text);

    /// <summary>Shows a command as a person types it.</summary>
    public void Show(string command) => output.WriteLine($"$ {command}");

    /// <summary>Runs kubectl, shows it, and returns its output.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public async Task<string> RunAsync(Kubectl kubectl, string command, CancellationToken cancellationToken)
    {
        Show($"kubectl {command}");
        var result = await kubectl.RunAsync(Split(command), cancellationToken);
        output.Write(result.Output);
        if (result.ExitCode == 0)
        {
            output.Write(result.Error);
        }

        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"kubectl {command} ended with exit code {result.ExitCode}: {result.Error.Trim()}");
    }

    // Quotes as in a shell, as far as the demo uses them.
    private static IEnumerable<string> Split(string command) =>
        command.Split('\'').SelectMany((part, index) => index % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
