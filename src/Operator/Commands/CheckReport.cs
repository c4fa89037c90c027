using System.Text.Json.Serialization;
using Operator.Commands.Tools;

namespace Operator.Commands;

/// <summary>What <c>operator check</c> found.</summary>
/// <param name="Account">Display name of the account.</param>
/// <param name="ApiBaseUrl">Base URL of its API; null if it could not be read.</param>
/// <param name="Works">Nothing failed.</param>
/// <param name="Steps">The steps, in order.</param>
internal sealed record CheckReport(string Account, string? ApiBaseUrl, bool Works, IReadOnlyList<CheckStep> Steps)
{
    /// <summary>Exit code for the first failure.</summary>
    [JsonIgnore]
    public int ExitCode =>
        Steps.FirstOrDefault(step => step.Result == CheckResult.Failed) is { } failed
            ? ExitCodes.Of(failed.Reason ?? "")
            : ExitCodes.Stopped;

    /// <summary>Writes what works, then what to do about the rest.</summary>
    public void WriteTable(TextWriter output)
    {
        output.Write($"{TextTable.Clean(Account)}{(ApiBaseUrl is null ? "" : $" at {ApiBaseUrl}")}\n\n");
        var table = new TextTable("STEP", "RESULT", "DETAIL");
        foreach (var step in Steps)
        {
            // Details of failures follow below the table.
            table.Add(step.Name, step.Result.ToString().ToLowerInvariant(), step.Result == CheckResult.Failed ? step.Reason : step.Message);
        }

        table.Write(output);
        foreach (var step in Steps.Where(step => step.Result == CheckResult.Failed || step.Advice.Count > 0))
        {
            output.Write($"\n{step.Name}: {TextTable.Clean(step.Message)}\n");
            foreach (var line in step.Advice)
            {
                output.Write($"  - {TextTable.Clean(line)}\n");
            }
        }

        output.Write(Works ? "\nThe account works.\n" : "\nThe account does not work.\n");
    }
}

/// <summary>One step of a check.</summary>
/// <param name="Name">Name of the step.</param>
/// <param name="Result">The result.</param>
/// <param name="Reason">Why it failed, one of <see cref="Contracts.Reasons"/>; null if it did not.</param>
/// <param name="Message">For people.</param>
/// <param name="Advice">What to do.</param>
internal sealed record CheckStep(
    [property: JsonPropertyName("step")] string Name,
    CheckResult Result,
    string? Reason,
    string Message,
    IReadOnlyList<string> Advice
)
{
    /// <summary>Additional details.</summary>
    public IReadOnlyList<string>? Details { get; init; }
}

/// <summary>Result of a step.</summary>
internal enum CheckResult
{
    Ok,

    /// <summary>It succeeded, with something to note.</summary>
    Warning,

    Failed,

    /// <summary>It was skipped.</summary>
    Skipped,
}
