using ArchUnitNET.Loader;
using Operator.Access;
using Operator.Commands;

namespace Operator.Tests;

/// <summary>The folders of src/Operator are the rooms of a house: each uses the floors below its own, and no room beside or above it.</summary>
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
    public void Room_UsesOnlyTheFloorsBelow()
    {
        var architecture = new ArchLoader().LoadAssembly(typeof(AccountKey).Assembly).Build();

        var upward = from type in architecture.Types
                     let room = RoomOf(type.Namespace?.FullName)
                     where room is not null
                     from dependency in type.Dependencies
                     let other = RoomOf(dependency.Target.Namespace?.FullName)
                     where other is not null && other != room && FloorOf(other) >= FloorOf(room)
                     select $"{type.FullName} uses {dependency.Target.FullName}";

        var found = string.Join('\n', upward.Distinct().Order());
        Assert.True(found.Length == 0, found);
    }

    [Fact]
    public void EachFolder_IsARoom()
    {
        // Operator.Manifests shares one of its files.
        var folders = typeof(ExitCodes).Assembly.GetTypes().Select(type => RoomOf(type.Namespace)).OfType<string>().Distinct().Except(["Manifests"]);

        Assert.Equal(Floors.SelectMany(rooms => rooms).Order(), folders.Order());
    }

    private static string? RoomOf(string? @namespace) => @namespace?.Split('.') is ["Operator", var room, ..] ? room : null;

    private static int FloorOf(string room) => Array.FindIndex(Floors, rooms => rooms.Contains(room));
}
