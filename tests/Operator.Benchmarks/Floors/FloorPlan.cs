using System.Text.Json;
using Operator.Benchmarks.World;

namespace Operator.Benchmarks.Floors;

/// <summary>What a bare loop does for each resource.</summary>
internal enum FloorWork
{
    /// <summary>The calls that a new resource takes.</summary>
    Create,

    /// <summary>The calls that another display name takes.</summary>
    Rename,

    /// <summary>The calls that another pair takes.</summary>
    Rotate,

    /// <summary>Revokes what <see cref="Rotate"/> replaced, so that there is no more than before. Nothing is compared with it.</summary>
    CleanUp,

    /// <summary>The calls that a deleted resource takes.</summary>
    Delete,

    /// <summary>The calls from a resource to its Secret, the creation of the resource included, one after the other.</summary>
    Single,
}

/// <summary>Tells the process of a bare loop what to do.</summary>
/// <param name="Work">The calls.</param>
/// <param name="Kubeconfig">Whose rights it has: the operator's.</param>
/// <param name="AdminKubeconfig">Who creates resources.</param>
/// <param name="Authority">CARTO's certificate authority, in PEM.</param>
/// <param name="TokenUrl">CARTO's token endpoint.</param>
/// <param name="Users">CARTO's users, by the name of their account.</param>
/// <param name="Concurrency">How many resources at a time.</param>
/// <param name="Samples">For <see cref="FloorWork.Single"/>: how many resources.</param>
internal sealed record FloorPlan(
    FloorWork Work,
    string Kubeconfig,
    string AdminKubeconfig,
    string Authority,
    Uri TokenUrl,
    IReadOnlyList<CartoUser> Users,
    int Concurrency,
    int Samples
)
{
    public static FloorPlan Read(string path) => JsonSerializer.Deserialize<FloorPlan>(File.ReadAllText(path))!;

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this));
}

/// <summary>What a bare loop came to.</summary>
/// <param name="Seconds">When each resource was done, from the start.</param>
/// <param name="Milliseconds">How long each resource took.</param>
/// <param name="CpuSeconds">Time on a processor, the loop alone.</param>
/// <param name="AllocatedBytes">What the loop allocated.</param>
internal sealed record FloorOutcome(
    IReadOnlyList<double> Seconds,
    IReadOnlyList<double> Milliseconds,
    double CpuSeconds,
    long AllocatedBytes
);
