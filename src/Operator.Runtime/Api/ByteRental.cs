using System.Buffers;

namespace Operator.Runtime;

/// <summary>
/// Memory for what is read from the API server. What is small comes from the pool of the process and goes back to it. What is large, such as
/// the pages of a first list, does not: the pool would keep it for as long as nothing presses, and nothing does when an operator is at rest.
/// </summary>
internal static class ByteRental
{
    private const int LargestPooled = 128 * 1024;

    public static byte[] Rent(int atLeast) =>
        atLeast <= LargestPooled ? ArrayPool<byte>.Shared.Rent(atLeast) : GC.AllocateUninitializedArray<byte>(atLeast);

    /// <summary>Takes memory back. It may have held secrets: they do not linger.</summary>
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
