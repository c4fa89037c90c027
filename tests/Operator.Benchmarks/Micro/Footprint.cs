using System.Globalization;
using Operator.Runtime;

namespace Operator.Benchmarks.Micro;

/// <summary>How many bytes each object costs that is kept.</summary>
internal static class Footprint
{
    private const int Count = 10_000;

    public static void Print()
    {
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"A resource in JSON: {Samples.ClientJson(1).Length} B. Kept: {Of(Samples.Client):0} B decoded, {OfStored():0} B in the "
                    + $"store with its indexes."
            )
        );
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Metadata of a Secret in JSON: {Samples.SecretJson(1).Length} B. Kept: "
                    + $"{Of(i => Samples.Secrets.Decode(Samples.SecretJson(i))):0} B decoded."
            )
        );
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"A key that is due later: {OfScheduled():0} B in the queue."));
    }

    private static double Of<T>(Func<int, T> create) =>
        Measure(() =>
        {
            var kept = new T[Count];
            for (var i = 0; i < Count; i++)
            {
                kept[i] = create(i);
            }

            return kept;
        });

    private static double OfStored() => Measure(() => StoreBenchmarks.Create(Count));

    private static double OfScheduled()
    {
        var keys = Enumerable.Range(0, Count).Select(i => new ObjectKey("team-001", $"service-{i:000000}")).ToArray();
        return Measure(() =>
        {
            var queue = new WorkQueue<ObjectKey>(TimeProvider.System);
            foreach (var key in keys)
            {
                queue.AddAfter(key, TimeSpan.FromHours(1), WorkPriority.Background);
            }

            return queue;
        });
    }

    private static double Measure(Func<object> create)
    {
        // Once before, so that what is made only once is not counted.
        create();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var kept = create();
        var after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(kept);
        return (after - before) / (double)Count;
    }
}
