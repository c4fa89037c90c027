using System.Globalization;
using System.Text;

namespace Carto.Emulator;

/// <summary>Cursors of lists. They are opaque to callers.</summary>
internal static class Cursor
{
    public static string Write(long position) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes(position.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The position; null if it is not a cursor.</summary>
    public static long? Read(string cursor)
    {
        Span<byte> digits = stackalloc byte[32];
        return
            Convert.TryFromBase64String(cursor, digits, out var length)
            && long.TryParse(digits[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? position
            : null;
    }
}
