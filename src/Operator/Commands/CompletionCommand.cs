using System.CommandLine;
using Operator.Commands.Tools;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary>
/// <c>operator completion SHELL</c>: prints a script that completes the command line in that shell. Each script passes the line to
/// <c>operator [suggest:POSITION] LINE</c>, which System.CommandLine handles.
/// </summary>
internal static class CompletionCommand
{
    private const string Description = """
        Print a script that completes this program's commands and options in a shell.

          bash   source <(operator completion bash)
          zsh    source <(operator completion zsh)
          fish   operator completion fish | source
          pwsh   operator completion pwsh | Out-String | Invoke-Expression

        Put the line into the shell's start file to have it always.
        """;

    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _operator_complete() {
                local IFS=$'\n'
                COMPREPLY=($(compgen -W "$(operator "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _operator_complete operator
            """,
        ["zsh"] = """
            _operator_complete() {
                local line="${words[*]}" found
                found=("${(@f)$(operator "[suggest:${#line}]" "${line}" 2>/dev/null)}")
                compadd -a found || _files
            }
            compdef _operator_complete operator
            """,
        ["fish"] = """
            function __operator_complete
                set -l line (commandline -cp)
                operator "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
            end
            complete -c operator -a '(__operator_complete)'
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName operator -ScriptBlock {
                param($word, $ast, $position)
                operator "[suggest:$position]" "$ast" 2>$null | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }
            """,
    };

    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or pwsh" };
        shell.CompletionSources.Add([.. Scripts.Keys]);
        return new Command("completion", Description) { shell }.Does(terminal, (parsed, _) =>
        {
            var name = parsed.GetValue(shell)!;
            terminal.Output.Write(
                Scripts.TryGetValue(name, out var script)
                    ? script.ReplaceLineEndings("\n") + '\n'
                    : throw new InvalidSettingException($"SHELL: \"{name}\" is not allowed; write {string.Join(", ", Scripts.Keys)}")
            );
            return Task.FromResult(ExitCodes.Stopped);
        });
    }
}
