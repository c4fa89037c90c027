using System.Text;

namespace Operator.Manifests.Output;

/// <summary>The difference between two texts, short enough for a terminal.</summary>
internal static class LineDiff
{
    private const int MaxLines = 12;

    /// <summary>The lines between the common prefix and suffix of two texts: <c>-</c> should not be there, <c>+</c> is missing.</summary>
    public static string Describe(string actual, string expected)
    {
        var old = actual.Split('\n');
        var now = expected.Split('\n');
        var same = old.Zip(now).TakeWhile(pair => pair.First == pair.Second).Count();
        var sameAtEnd = old.Skip(same).Reverse().Zip(now.Skip(same).Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();

        var text = new StringBuilder().Append("  @ line ").Append(same + 1);
        Append(text, '-', old[same..^sameAtEnd]);
        Append(text, '+', now[same..^sameAtEnd]);
        return text.ToString();
    }

    private static void Append(StringBuilder text, char sign, string[] lines)
    {
        foreach (var line in lines.Take(MaxLines))
        {
            text.Append("\n  ").Append(sign).Append(' ').Append(line);
        }

        if (lines.Length > MaxLines)
        {
            text.Append("\n  ").Append(sign).Append(" ... ").Append(lines.Length - MaxLines).Append(" more");
        }
    }
}
