namespace Carto.Emulator;

/// <summary>Unicode's composition (NFC) of the usual letters: without ICU, .NET composes none.</summary>
internal static class Names
{
    private static readonly (char Mark, string Letters, string Composed)[] Marks =
    [
        ('\u0300', "aeiouAEIOU", "àèìòùÀÈÌÒÙ"),
        ('\u0301', "aeiouAEIOU", "áéíóúÁÉÍÓÚ"),
        ('\u0302', "aeiouAEIOU", "âêîôûÂÊÎÔÛ"),
        ('\u0303', "anoANO", "ãñõÃÑÕ"),
        ('\u0308', "aeiouAEIOU", "äëïöüÄËÏÖÜ"),
        ('\u0327', "cC", "çÇ"),
    ];

    /// <summary>A name with each letter and the mark after it as one character.</summary>
    public static string Compose(string name)
    {
        foreach (var (mark, letters, composed) in Marks)
        {
            for (var index = 0; index < letters.Length; index++)
            {
                name = name.Replace($"{letters[index]}{mark}", $"{composed[index]}", StringComparison.Ordinal);
            }
        }

        return name;
    }
}
