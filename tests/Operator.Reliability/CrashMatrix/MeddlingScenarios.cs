using Operator.Contracts;
using Operator.Reliability.World;

namespace Operator.Reliability.CrashMatrix;

/// <summary>What happens when people write what is the operator's to write.</summary>
internal static class MeddlingScenarios
{
    private const string Resource = Scenario.Resource;
    private const string Neighbour = "web";
    private const string Copy = "copy";

    private static readonly string[] Fleet = [Neighbour, "gis", "ops", "qa"];

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("status-of-another", (world, token) => world.Meddling.CopyStatusAsync(Neighbour, Resource, token))
        {
            Furnish = AddNeighbourAsync,
            MostCreated = 0,
        },
        new("status-of-another-and-deleted", async (world, token) =>
        {
            await world.Meddling.CopyStatusAsync(Neighbour, Resource, token);
            await world.DeleteAsync(Resource, token);
        }) { Furnish = AddNeighbourAsync, MostCreated = 0 },
        new("restored-as-another", async (world, token) =>
            await world.Meddling.RestoreAsync((await world.Meddling.BackUpAsync(Resource, token))!, Copy, token)
        )
        {
            Then = (world, token) => world.DeleteAsync(Copy, token),
        },
        new("restored-after-loss", async (world, token) =>
        {
            // As a cluster that was lost: the operator was never asked to revoke anything.
            var backup = (await world.Meddling.BackUpAsync(Resource, token))!;
            world.Left[(await world.GetAsync(Resource, token))!.Metadata.Uid] = 1;
            await world.Pairs.BehindOurBackAsync(
                async () =>
                {
                    await world.DeleteAsync(Resource, token);
                    await world.Meddling.TakeFinalizersAsync(Resource, token);
                },
                token
            );
            await world.Meddling.RestoreAsync(backup, Resource, token);
        }),
        new("restored-from-before-rotation", (world, token) => world.Meddling.RestoreAsync(world.Meddling.Backup!, Resource, token))
        {
            Furnish = async (world, token) =>
            {
                world.Meddling.Backup = await world.Meddling.BackUpAsync(Resource, token);
                await RotateAsync(world, token);
            },
            Later = TimeSpan.FromHours(25),
            MostCreated = 0,
        },
        new("replaced-by-force", async (world, token) =>
        {
            world.Meddling.Backup = await world.Meddling.BackUpAsync(Resource, token);
            await world.DeleteAsync(Resource, token);
        }) { Following = ($"PATCH m2moauthclients/{Resource}", async (world, token) =>
            {
                if (await world.GetAsync(Resource, token) is not null)
                {
                    return false;
                }

                await world.Meddling.CreateAsync(world.Meddling.Backup!, Resource, token);
                return true;
            }) },
        Edited(StatusEdit.GarbageClient),
        Edited(StatusEdit.NoClient),
        Edited(StatusEdit.ForeignClient),
        Edited(StatusEdit.OtherClustersClient),
        Edited(StatusEdit.ForeignRetiring),
        Edited(StatusEdit.LoginRetiring),
        Edited(StatusEdit.GarbageClient, isAway: true),
        Edited(StatusEdit.ForeignClient, isAway: true),
        Edited(StatusEdit.ForeignRetiring, isAway: true),
        Edited(StatusEdit.LoginRetiring, isAway: true),
        EditedAndDeleted(StatusEdit.GarbageClient),
        EditedAndDeleted(StatusEdit.EmptyClient),
        EditedAndDeleted(StatusEdit.ForeignClient),
        new("status-lost-while-retiring", (world, token) => world.Meddling.EditStatusAsync(Resource, StatusEdit.Removed, token))
        {
            Furnish = RotateAsync,
            Later = TimeSpan.FromHours(25),
            MostCreated = 0,
        },
        Forged("secret-forged", world => world.MadeByOthers.Id),
        Forged("secret-forged-with-login", world => world.Logins.Client.Id),
        new("secret-of-another", (world, token) => world.Meddling.CopySecretAsync(Neighbour, Resource, token))
        {
            Furnish = AddNeighbourAsync,
        },
        new("secret-immutable", async (world, token) =>
        {
            await world.Meddling.FreezeSecretAsync(Resource, token);
            await world.RequestRotationAsync(Resource, token);
        }) { Then = (world, token) => world.Meddling.ThawSecretAsync(Resource, token), Later = TimeSpan.FromHours(25) },
        Stolen("adopt-login", world => Task.FromResult(world.Logins.Client.Id)),
        Stolen("adopt-another-clusters", world => Task.FromResult(world.OfAnotherCluster.Id)),
        Stolen("adopt-neighbours", world => world.CurrentAsync(Resource, CancellationToken.None)),
        new("finalizer-taken", (world, token) => world.Meddling.TakeFinalizersAsync(Resource, token)) { MostCreated = 0 },
        new("delete-foreground", (world, token) => DeleteAsync(world, "Foreground", token)),
        new("delete-orphan", (world, token) => DeleteAsync(world, "Orphan", token)),
        new("delete-foreground-retain", (world, token) => DeleteAsync(world, "Foreground", token))
        {
            Before = new M2MOAuthClientSpec { DeletionPolicy = DeletionPolicy.Retain },
        },
        new("out-of-reach-at-restart", async (world, token) =>
        {
            world.Lies.PutOutOfReach();
            await world.Lives.RestartAsync(fault: null, token);
            await world.EditAsync(Resource, """{"spec":{"displayName":"Nightly ETL"}}""", token);
            await world.Lives.IdleAsync(Settlement.Quiet, token);
            world.Lies.End();
        }) { MostCreated = 0 },
        new("many-deleted", async (world, token) =>
        {
            await world.Pairs.BehindOurBackAsync(
                async () =>
                {
                    foreach (var resource in await world.ListAsync(token))
                    {
                        world.Carto.DeleteClient(resource.Status!.Current!.ClientId);
                    }
                },
                token
            );
            await world.RequestComparisonAsync(token);
        })
        {
            Furnish = async (world, token) =>
            {
                foreach (var name in Fleet)
                {
                    await AddAsync(world, name, token);
                }

                await Scenario.CompareOftenAsync(world, token);
            },
            Then = (world, token) =>
                world.EditAccountAsync(
                    MatrixWorld.Account,
                    """{"metadata":{"annotations":{"credentials.carto.com/accept-drift":"now","credentials.carto.com/reconcile-requested-at":"later"}}}""",
                    token
                ),
        },
        new("suspended-and-secret-deleted", (world, token) =>
            world.Pairs.BehindOurBackAsync(() => world.DeleteSecretAsync(Resource, token), token)
        )
        {
            Furnish = async (world, token) =>
            {
                await world.EditAsync(Resource, """{"spec":{"suspend":true}}""", token);
                await world.WaitAsync(
                    Resource,
                    resource => resource?.Status?.ObservedGeneration == resource?.Metadata.Generation,
                    "the suspension to be seen",
                    token
                );
            },
            Then = (world, token) => world.EditAsync(Resource, """{"spec":{"suspend":false}}""", token),
        },
    ];

    /// <summary>
    /// The status is edited, and then the resource; where the operator is away meanwhile, it cannot see that others wrote the status.
    /// </summary>
    private static Scenario Edited(StatusEdit what, bool isAway = false) =>
        new($"status-{NameOf(what)}{(isAway ? "-while-away" : "")}", async (world, token) =>
        {
            await (isAway ? world.Lives.KillAsync(token) : Task.CompletedTask);
            await world.Meddling.EditStatusAsync(Resource, what, token);
            await world.EditAsync(Resource, """{"metadata":{"labels":{"look":"again"}}}""", token);
            await (isAway ? world.Lives.RestartAsync(fault: null, token) : Task.CompletedTask);
        }) { Then = (world, token) => world.DeleteAsync(Resource, token), MostCreated = 0 };

    private static Scenario EditedAndDeleted(StatusEdit what) => new($"status-{NameOf(what)}-and-deleted", async (world, token) =>
        {
            // What the operator has seen others write it does not believe: it must not see this.
            await world.Lives.KillAsync(token);
            await world.Meddling.EditStatusAsync(Resource, what, token);
            await world.DeleteAsync(Resource, token);
            await world.Lives.RestartAsync(fault: null, token);
        }) { MostCreated = 0 };

    private static Scenario Forged(string name, Func<MatrixWorld, string> client) =>
        new(name, (world, token) =>
            world.Meddling.ForgeSecretAsync(Resource, world.Carto.AllClients().Single(one => one.Id == client(world)), token)
        )
        {
            Then = (world, token) => world.DeleteAsync(Resource, token),
        };

    private static Scenario Stolen(string name, Func<MatrixWorld, Task<string>> client) =>
        new(name, async (world, token) => await world.Meddling.StealAsync(Copy, await client(world), token))
        {
            Then = (world, token) => world.DeleteAsync(Copy, token),
            MostCreated = 0,
        };

    private static async Task DeleteAsync(MatrixWorld world, string propagation, CancellationToken cancellationToken)
    {
        await world.Meddling.NoteDeletionAsync((await world.GetAsync(Resource, cancellationToken))!, cancellationToken);
        await world.Meddling.DeleteAsync(Resource, propagation, cancellationToken);
    }

    private static async Task RotateAsync(MatrixWorld world, CancellationToken cancellationToken)
    {
        await world.RequestRotationAsync(Resource, cancellationToken);
        await world.WaitAsync(
            Resource,
            resource => resource?.Status is { Retiring.Count: 1, Pending: null },
            "a retiring client",
            cancellationToken
        );
    }

    private static Task AddNeighbourAsync(MatrixWorld world, CancellationToken cancellationToken) =>
        AddAsync(world, Neighbour, cancellationToken);

    private static async Task AddAsync(MatrixWorld world, string name, CancellationToken cancellationToken)
    {
        await world.CreateAsync(name, new M2MOAuthClientSpec(), cancellationToken);
        await world.WaitAsync(
            name,
            resource => ConditionSet.Find(resource?.Status?.Conditions, ConditionTypes.Synced) is { Status: "True" },
            $"{name} to be synced",
            cancellationToken
        );
    }

    private static string NameOf(StatusEdit what) =>
        string.Concat(
            what.ToString()
                .Select((letter, at) => char.IsUpper(letter) ? $"{(at > 0 ? "-" : "")}{char.ToLowerInvariant(letter)}" : $"{letter}")
        );
}
