using System.Globalization;

namespace Operator.Commands.Tools;

/// <summary>A table for people: columns as wide as they must be, and nothing in a cell that a terminal would act on.</summary>
internal sealed class TextTable(params string[] header)
{
    private const string Gap = "   ";
    private readonly List<string[]> _rows = [[.. header]];

    /// <summary>Adds a row; what is not there is shown as a dash.</summary>
    public void Add(params string?[] cells) => _rows.Add([.. cells.Select(cell => string.IsNullOrEmpty(cell) ? "-" : Clean(cell))]);

    /// <summary>Writes it, with each line indented by some spaces.</summary>
    public void Write(TextWriter output, int indent = 0)
    {
        var widths = Enumerable.Range(0, header.Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows)
        {
            var line = string.Join(Gap, row.Select((cell, column) => cell.PadRight(widths[column])));
            output.Write(new string(' ', indent) + line.TrimEnd() + '\n');
        }
    }

    /// <summary>Text of others, names of clients above all, on one line and without what a terminal acts on or shows in another order.</summary>
    public static string Clean(string text) => string.Concat(text.Select(character => IsPlain(character) ? character : '?'));

    private static bool IsPlain(char character) => char.GetUnicodeCategory(character)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
