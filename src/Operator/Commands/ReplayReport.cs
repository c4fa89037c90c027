using System.Globalization;
using Operator.Carto.Records;
using Operator.Contracts;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary>What the operator would do with the account of a record.</summary>
internal static class ReplayReport
{
    private const long LargestFile = 32 * 1024 * 1024;

    /// <exception cref="InvalidSettingException">It is no record.</exception>
    public static CheckReport Of(string file)
    {
        var record = Read(file);
        List<CheckStep> steps = [new("record", CheckResult.Ok, null, $"written by operator {record.Version}", [])];
        List<CheckAnswer> answers =
        [
            new("interface", record.ApiKind),
            .. record.Server is { } server ? [new CheckAnswer("server", server)] : Array.Empty<CheckAnswer>(),
            new("tools", record.Tools.ToString(CultureInfo.InvariantCulture)),
        ];
        if (record.ApiKind == "MCP")
        {
            steps.Add(Tools(record));
            answers.AddRange(
                record.Bindings.Select(binding => new CheckAnswer(
                    binding.Operation,
                    binding.Call is { } call ? $"{(binding.IsGiven ? "given" : "found")}: {call}" : $"not bound: {binding.Missing}"
                ))
            );
        }

        answers.AddRange(record.Answers.Select(answer => new CheckAnswer($"{answer.Step}: {answer.Operation}", answer.Reading)));
        var works = steps.TrueForAll(step => step.Result != CheckResult.Failed);
        return new CheckReport($"The record {file}", null, works, steps)
        {
            Answers = answers,
            Suggestion = record.Suggestion,
            Verdict = works ? "Nothing that is needed is missing in the record." : "The operator cannot work with such an account.",
        };
    }

    private static CheckStep Tools(CartoReplay record)
    {
        var missing = record.Bindings.Where(binding => binding is { IsNeeded: true, Call: null }).ToArray();
        return record.Bindings.Count == 0
                ? new CheckStep("tools", CheckResult.Failed, Reasons.UnsupportedApi, "The record holds no list of tools.", [])
            : missing.Length == 0
                ? new CheckStep(
                    "tools",
                    CheckResult.Ok,
                    null,
                    string.Join(", ", record.Bindings.Where(binding => binding.Call is not null).Select(binding => binding.Operation)),
                    []
                )
            : new CheckStep(
                "tools",
                CheckResult.Failed,
                Reasons.UnsupportedApi,
                $"There is no known way for {string.Join(", ", missing.Select(binding => binding.Operation))}.",
                [.. missing.Select(binding => $"{binding.Operation}: {binding.Missing}")]
            );
    }

    private static CartoReplay Read(string file)
    {
        try
        {
            return new FileInfo(file).Length > LargestFile
                ? throw new FormatException("it is too large for a record")
                : CartoReplay.Read(File.ReadAllText(file));
        }
        catch (Exception exception)
            when (exception
                    is IOException
                        or UnauthorizedAccessException
                        or ArgumentException
                        or FormatException
                        or InvalidOperationException
            )
        {
            throw new InvalidSettingException($"--replay: the file {file} cannot be read: {exception.Message}");
        }
    }
}
