using System.Text;

namespace Operator.Manifests.Reference;

/// <summary>Writes the Markdown elements a reference needs.</summary>
internal sealed class Markdown
{
    private readonly StringBuilder _text = new();

    public Markdown Heading(int level, string title)
    {
        if (_text.Length > 0)
        {
            _text.Append('\n');
        }

        _text.Append('#', level).Append(' ').Append(title).Append('\n');
        return this;
    }

    public Markdown Paragraph(string text)
    {
        _text.Append('\n').Append(text).Append('\n');
        return this;
    }

    /// <summary>A table; cells already contain Markdown.</summary>
    public Markdown Table(string[] headings, IEnumerable<string[]> rows)
    {
        _text.Append('\n');
        Row(headings);
        Row([.. headings.Select(_ => "---")]);
        foreach (var row in rows)
        {
            Row(row);
        }

        return this;
    }

    public override string ToString() => _text.ToString();

    /// <summary>Escapes a text so that none of it is interpreted as Markdown.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            if (letter is '|' or '*' or '<' or '[' or '`' or '\\')
            {
                escaped.Append('\\');
            }

            escaped.Append(letter);
        }

        return escaped.ToString();
    }

    private void Row(string[] cells) => _text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
