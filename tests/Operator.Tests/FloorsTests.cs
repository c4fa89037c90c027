using ArchUnitNET.Loader;
using Operator.Access;
using Operator.Commands;

namespace Operator.Tests;

/// <summary>Each folder of src/Operator uses folders on the floors below its own, and none beside or above it.</summary>
public sealed class FloorsTests
{
    /// <summary>From the ground up.</summary>
    private static readonly string[][] Floors =
    [
        ["Access", "Workloads"],
        ["Protection", "Secrets", "Telemetry"],
        ["Drift"],
        ["Accounts", "Clients"],
        ["Hosting"],
        ["Commands"],
    ];

    [Fact]
    public void Folder_UsesOnlyTheFloorsBelow()
    {
        var architecture = new ArchLoader().LoadAssembly(typeof(AccountKey).Assembly).Build();

        var upward =
            from type in architecture.Types
            let folder = FolderOf(type.Namespace?.FullName)
            where folder is not null
            from dependency in type.Dependencies
            let other = FolderOf(dependency.Target.Namespace?.FullName)
            where other is not null && other != folder && FloorOf(other) >= FloorOf(folder)
            select $"{type.FullName} uses {dependency.Target.FullName}";

        var found = string.Join('\n', upward.Distinct().Order());
        Assert.True(found.Length == 0, found);
    }

    [Fact]
    public void EachFolder_HasAFloor()
    {
        // Operator.Manifests shares one of its files.
        var folders = typeof(ExitCodes)
            .Assembly.GetTypes()
            .Select(type => FolderOf(type.Namespace))
            .OfType<string>()
            .Distinct()
            .Except(["Manifests"]);

        Assert.Equal(Floors.SelectMany(floor => floor).Order(), folders.Order());
    }

    private static string? FolderOf(string? @namespace) => @namespace?.Split('.') is ["Operator", var folder, ..] ? folder : null;

    private static int FloorOf(string folder) => Array.FindIndex(Floors, floor => floor.Contains(folder));
}
