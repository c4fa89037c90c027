using Operator.Contracts;
using Operator.Reliability.World;

namespace Operator.Reliability.CrashMatrix;

/// <summary>Something that happens to a client: what was there before, what a person does, and what is left to come with time.</summary>
/// <param name="Name">Name, as an option has it.</param>
/// <param name="Act">What a person does.</param>
internal sealed record Scenario(string Name, Func<MatrixWorld, CancellationToken, Task> Act)
{
    /// <summary>The one resource that most scenarios are about.</summary>
    public const string Resource = "etl";

    /// <summary>What the resource asks for before; null: there is none yet.</summary>
    public M2MOAuthClientSpec? Before { get; init; } = new() { DisplayName = "ETL" };

    /// <summary>Further things that are there before.</summary>
    public Func<MatrixWorld, CancellationToken, Task>? Furnish { get; init; }

    /// <summary>How much time passes when all is quiet, for what is due later; null: nothing is.</summary>
    public TimeSpan? Later { get; init; }

    /// <summary>What a person does while the operator is at work, when an effect is about to happen.</summary>
    public (string Effect, Func<MatrixWorld, CancellationToken, Task> Act)? Meanwhile { get; init; }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("create", (world, token) => world.CreateAsync(Resource, new M2MOAuthClientSpec(), token)) { Before = null },
        new("create-and-rename", async (world, token) =>
        {
            await world.CreateAsync(Resource, new M2MOAuthClientSpec { DisplayName = "ETL" }, token);
            await world.EditAsync(Resource, """{"spec":{"displayName":"Nightly ETL"}}""", token);
        })
        {
            Before = null,
        },
        new("rename", (world, token) => world.EditAsync(Resource, """{"spec":{"displayName":"Nightly ETL"}}""", token)),
        new("rename-while-new", (world, token) => world.CreateAsync(Resource, new M2MOAuthClientSpec { DisplayName = "ETL" }, token))
        {
            Before = null,
            Meanwhile = ("CARTO create", (world, token) => world.EditAsync(Resource, """{"spec":{"displayName":"Nightly ETL"}}""", token)),
        },
        new("two-at-once", async (world, token) =>
        {
            await world.CreateAsync(Resource, new M2MOAuthClientSpec(), token);
            await world.CreateAsync("web", new M2MOAuthClientSpec(), token);
        })
        {
            Before = null,
        },
        new("secret-shape", (world, token) => world.EditAsync(
            Resource, """{"spec":{"secret":{"credentialsFile":"carto.json","labels":{"team":"maps"},"keys":{"clientId":"ID"}}}}""", token)),
        new("secret-deleted", (world, token) =>
        {
            world.PairsMayBeBroken = true;
            return world.DeleteSecretAsync(Resource, token);
        }),
        new("secret-edited", (world, token) =>
        {
            world.PairsMayBeBroken = true;
            return world.EditSecretAsync(Resource, """{"stringData":{"CARTO_CLIENT_SECRET":"wrong"}}""", token);
        }),
        new("secret-label-stripped", (world, token) => world.EditSecretAsync(
            Resource, """{"metadata":{"labels":{"app.kubernetes.io/managed-by":null}}}""", token)),
        new("secret-annotations-stripped", (world, token) => world.EditSecretAsync(Resource, """{"metadata":{"annotations":null}}""", token)),
        new("rotate-on-request", (world, token) => world.EditAsync(
            Resource, """{"metadata":{"annotations":{"credentials.carto.com/rotate-requested-at":"now"}}}""", token))
        {
            Later = TimeSpan.FromHours(25),
        },
        new("rotate-by-interval", async (world, token) =>
        {
            world.Clock.Advance(TimeSpan.FromDays(3));
            await world.EditAsync(Resource, """{"spec":{"rotation":{"every":"2d","overlap":"1h"}}}""", token);
        })
        {
            Later = TimeSpan.FromHours(2),
        },
        new("rotate-by-schedule", async (world, token) =>
        {
            world.Clock.Advance(TimeSpan.FromDays(32));
            await world.EditAsync(Resource, """{"metadata":{"labels":{"look":"again"}}}""", token);
        })
        {
            Before = new M2MOAuthClientSpec { Rotation = new RotationSpec { Schedule = "0 3 1 * *", Overlap = "1h" } },
            Later = TimeSpan.FromHours(2),
        },
        new("adopt", (world, token) =>
        {
            var client = world.Carto.CreateClient(world.User, "made by hand");
            return world.AdoptAsync(Resource, client, DeletionPolicy.Delete, token);
        })
        {
            Before = null,
        },
        new("move", (world, token) => world.EditAsync(Resource, $$"""{"spec":{"accountRef":{"name":"{{MatrixWorld.OtherAccount}}"} } }""", token))
        {
            Furnish = (world, token) => world.AddOtherAccountAsync(token),
            Later = TimeSpan.FromHours(25),
        },
        new("login-changed", async (world, token) =>
        {
            await world.ChangeLoginAsync(token);
            await world.EditAsync(Resource, """{"spec":{"displayName":"Nightly ETL"}}""", token);
        }),
        new("delete", (world, token) => world.DeleteAsync(Resource, token)),
        new("delete-while-retiring", async (world, token) => await world.DeleteAsync(Resource, token))
        {
            Furnish = async (world, token) =>
            {
                await world.EditAsync(Resource, """{"metadata":{"annotations":{"credentials.carto.com/rotate-requested-at":"now"}}}""", token);
                await world.WaitAsync(Resource, resource => resource?.Status is { Retiring.Count: 1, Pending: null }, "a retiring client", token);
            },
        },
        new("delete-while-new", (world, token) => world.CreateAsync(Resource, new M2MOAuthClientSpec(), token))
        {
            Before = null,
            Meanwhile = ("CARTO create", (world, token) => world.DeleteAsync(Resource, token)),
        },
        new("delete-suspended", (world, token) => world.DeleteAsync(Resource, token))
        {
            Furnish = async (world, token) =>
            {
                await world.EditAsync(Resource, """{"spec":{"suspend":true}}""", token);
                await world.WaitAsync(
                    Resource, resource => resource?.Status?.ObservedGeneration == resource?.Metadata.Generation, "the suspension to be seen", token);
            },
        },
        new("delete-retain", async (world, token) =>
        {
            world.Left.Add((await world.GetAsync(Resource, token))!.Metadata.Uid);
            await world.DeleteAsync(Resource, token);
        })
        {
            Before = new M2MOAuthClientSpec { DeletionPolicy = DeletionPolicy.Retain },
        },
        new("delete-abandon", async (world, token) =>
        {
            world.Left.Add((await world.GetAsync(Resource, token))!.Metadata.Uid);
            await world.EditAsync(Resource, """{"metadata":{"annotations":{"credentials.carto.com/abandon":"true"}}}""", token);
            await world.DeleteAsync(Resource, token);
        }),
        new("delete-with-account", async (world, token) =>
        {
            await world.DeleteAsync(Resource, token);
            await world.DeleteAccountAsync(MatrixWorld.Account, token);
        }),
        new("delete-after-account", (world, token) => world.DeleteAsync(Resource, token))
        {
            Furnish = async (world, token) =>
            {
                await world.DeleteAccountAsync(MatrixWorld.Account, token);
                await world.WaitForAccountAsync(Reasons.InUse, token);
            },
        },
        new("account-deleted-while-new", (world, token) => world.CreateAsync(Resource, new M2MOAuthClientSpec(), token))
        {
            Before = null,
            Meanwhile = ("CARTO create", async (world, token) =>
            {
                await world.DeleteAccountAsync(MatrixWorld.Account, token);
                await world.DeleteAsync(Resource, token);
            }),
        },
        new("delete-namespace", (world, token) => world.DeleteNamespaceAsync(token)),
        new("login-deleted", async (world, token) =>
        {
            await world.DeleteSecretAsync(MatrixWorld.Login, token);
            await world.EditAsync(Resource, """{"spec":{"displayName":"Nightly ETL"}}""", token);
        }),
        new("login-switched", async (world, token) =>
        {
            await world.EditAccountAsync(
                MatrixWorld.Account, """{"spec":{"auth":{"clientCredentials":{"secretRef":{"name":"next-login"}}}}}""", token);
            await world.DeleteSecretAsync(MatrixWorld.Login, token);
            await world.EditAsync(Resource, """{"spec":{"displayName":"Nightly ETL"}}""", token);
        })
        {
            Furnish = (world, token) => world.AddLoginAsync("next-login", token),
        },
        new("suspend", async (world, token) =>
        {
            await world.EditAsync(Resource, """{"spec":{"suspend":true,"displayName":"Nightly ETL"}}""", token);
            await world.EditAsync(Resource, """{"spec":{"suspend":false}}""", token);
        }),
    ];
}
