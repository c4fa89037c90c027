using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Operator.Manifests.Output;

namespace Operator.Commands.Tools;

/// <summary>Output format of a command.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>For programs.</summary>
    Json,

    /// <summary>For programs and people.</summary>
    Yaml,
}

/// <summary>The output setting and writer.</summary>
internal static class Output
{
    public static Setting<OutputFormat> CreateSetting()
    {
        var setting = new Setting<OutputFormat>(
            "--output",
            "table|json|yaml",
            "Form of the output",
            "table",
            OutputFormat.Table,
            "table, json or yaml",
            SettingReaders.Word
        );
        setting.Option.Aliases.Add("-o");
        setting.Option.CompletionSources.Add("table", "json", "yaml");
        return setting;
    }

    /// <summary>Writes a value in the requested format.</summary>
    public static void Write<T>(this TextWriter output, OutputFormat format, T value, JsonTypeInfo<T> json, Action<TextWriter> table)
    {
        switch (format)
        {
            case OutputFormat.Json:
                output.Write(JsonSerializer.Serialize(value, json) + '\n');
                break;
            case OutputFormat.Yaml:
                output.Write(YamlText.Write(JsonSerializer.SerializeToNode(value, json)!));
                break;
            default:
                table(output);
                break;
        }
    }
}
