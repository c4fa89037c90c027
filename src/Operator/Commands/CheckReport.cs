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
    /// <summary>What nobody knows of CARTO, as this account answered it.</summary>
    public IReadOnlyList<CheckAnswer>? Answers { get; init; }

    /// <summary>What to write into the account, in YAML; null for nothing.</summary>
    public string? Suggestion { get; init; }

    /// <summary>The last line.</summary>
    [JsonIgnore]
    public string Verdict { get; init; } = Works ? "The account works." : "The account does not work.";

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

        if (Answers is { Count: > 0 })
        {
            output.Write('\n');
            var answers = new TextTable("UNKNOWN", "ANSWER");
            foreach (var answer in Answers)
            {
                answers.Add(answer.Unknown, answer.Answer);
            }

            answers.Write(output);
        }

        if (Suggestion is not null)
        {
            output.Write("\nTo write into the account:\n");
            foreach (var line in Suggestion.Split('\n'))
            {
                output.Write($"  {TextTable.Clean(line)}\n");
            }
        }

        output.Write($"\n{Verdict}\n");
    }
}

/// <summary>Something that nobody knows of CARTO.</summary>
/// <param name="Unknown">What.</param>
/// <param name="Answer">How this account answers it.</param>
internal sealed record CheckAnswer(string Unknown, string Answer);

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
