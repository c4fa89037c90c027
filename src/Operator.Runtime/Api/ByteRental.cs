using System.Buffers;

namespace Operator.Runtime;

/// <summary>
/// Buffers for responses from the API server. Small buffers are pooled. Large ones, such as for the pages of an initial list, are not:
/// without memory pressure the pool would keep them, and an idle operator has none.
/// </summary>
internal static class ByteRental
{
    private const int LargestPooled = 128 * 1024;

    public static byte[] Rent(int atLeast) =>
        atLeast <= LargestPooled ? ArrayPool<byte>.Shared.Rent(atLeast) : GC.AllocateUninitializedArray<byte>(atLeast);

    /// <summary>Returns a buffer, cleared because it may have held secrets.</summary>
    public static void Return(byte[] bytes)
    {
        if (bytes.Length <= LargestPooled)
        {
            ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        }
        else
        {
            Array.Clear(bytes);
        }
    }
}
