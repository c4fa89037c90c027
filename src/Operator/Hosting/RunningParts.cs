using Operator.Runtime;

namespace Operator.Hosting;

/// <summary>What runs once the cluster is known.</summary>
/// <param name="Host">Starts and stops it.</param>
/// <param name="Controllers">The controllers, disposed with this.</param>
/// <param name="Progress">Progress checks of the controllers.</param>
internal sealed record RunningParts(RuntimeHost Host, IReadOnlyList<IDisposable> Controllers, IReadOnlyList<ProgressWatch> Progress)
    : IDisposable
{
    /// <summary>What is stuck, for people; null if nothing is.</summary>
    public string? Stuck() => Progress.Select(watch => watch.Check()).FirstOrDefault(stuck => stuck is not null);

    public void Dispose()
    {
        Host.Dispose();
        foreach (var controller in Controllers)
        {
            controller.Dispose();
        }
    }
}
