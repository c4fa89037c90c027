using System.Globalization;

namespace Operator.Commands.Tools;

/// <summary>A table for people: aligned columns, without terminal control characters in cells.</summary>
internal sealed class TextTable(params string[] header)
{
    private const string Gap = "   ";
    private readonly List<string[]> _rows =
    [
        [.. header],
    ];

    /// <summary>Adds a row; empty cells are shown as a dash.</summary>
    public void Add(params string?[] cells) => _rows.Add([.. cells.Select(cell => string.IsNullOrEmpty(cell) ? "-" : Clean(cell))]);

    /// <summary>Writes it, with each line indented.</summary>
    public void Write(TextWriter output, int indent = 0)
    {
        var widths = Enumerable.Range(0, header.Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows)
        {
            var line = string.Join(Gap, row.Select((cell, column) => cell.PadRight(widths[column])));
            output.Write(new string(' ', indent) + line.TrimEnd() + '\n');
        }
    }

    /// <summary>Reduces untrusted text, such as client names, to one line without control or bidirectional characters.</summary>
    public static string Clean(string text) => string.Concat(text.Select(character => IsPlain(character) ? character : '?'));

    private static bool IsPlain(char character) =>
        char.GetUnicodeCategory(character)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            );
}
