using Operator.Access;
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

    /// <summary>What a person does when all is quiet; then it has to become quiet once more. Null: nothing.</summary>
    public Func<MatrixWorld, CancellationToken, Task>? Then { get; init; }

    /// <summary>
    /// How many clients may be created in it; null: no matter. Where any may, that is for one life: each has to find out for itself that
    /// they
    /// are of no use.
    /// </summary>
    public int? MostCreated { get; init; }

    /// <summary>What a person does while the operator is at work, when an effect is about to happen.</summary>
    public (string Effect, Func<MatrixWorld, CancellationToken, Task> Act)? Meanwhile { get; init; }

    /// <summary>What a person does as soon as an effect has taken place. Returns whether that was all; else it is called again.</summary>
    public (string Effect, Func<MatrixWorld, CancellationToken, Task<bool>> Act)? Following { get; init; }

    /// <summary>How CARTO lies from the act on; null: it does not.</summary>
    public Lie? Lie { get; init; }

    /// <summary>Only with a CARTO that shows secrets again, or only with one that does not; null: both.</summary>
    public bool? Readable { get; init; }

    /// <summary>Fewer faults are injected: there are many of its kind.</summary>
    public bool IsBrief { get; init; }

    /// <summary>Those in which people keep to what is theirs to write, and CARTO does not lie.</summary>
    public static IReadOnlyList<Scenario> Honest { get; } =
    [
        new("create", (world, token) => world.CreateAsync(Resource, new M2MOAuthClientSpec(), token)) { Before = null },
        new("create-and-rename", async (world, token) =>
        {
            await world.CreateAsync(Resource, new M2MOAuthClientSpec { DisplayName = "ETL" }, token);
            await world.EditAsync(Resource, """{"spec":{"displayName":"Nightly ETL"}}""", token);
        }) { Before = null },
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
        }) { Before = null },
        new("secret-shape", (world, token) =>
            world.EditAsync(
                Resource,
                """{"spec":{"secret":{"credentialsFile":"carto.json","labels":{"team":"maps"},"keys":{"clientId":"ID"}}}}""",
                token
            )
        ),
        new("secret-deleted", (world, token) => world.Pairs.BehindOurBackAsync(() => world.DeleteSecretAsync(Resource, token), token)),
        new("secret-deleted-unverified", (world, token) =>
            world.Pairs.BehindOurBackAsync(() => world.DeleteSecretAsync(Resource, token), token)
        )
        {
            Before = new M2MOAuthClientSpec { DisplayName = "ETL", Verify = false },
        },
        new("secret-edited", (world, token) =>
            world.Pairs.BehindOurBackAsync(
                () => world.EditSecretAsync(Resource, """{"stringData":{"CARTO_CLIENT_SECRET":"wrong"}}""", token),
                token
            )
        ),
        new("secret-label-stripped", (world, token) =>
            world.EditSecretAsync(Resource, """{"metadata":{"labels":{"app.kubernetes.io/managed-by":null}}}""", token)
        ),
        new("secret-annotations-stripped", (world, token) =>
            world.EditSecretAsync(Resource, """{"metadata":{"annotations":null}}""", token)
        ),
        new("rotate-on-request", (world, token) => world.RequestRotationAsync(Resource, token)) { Later = TimeSpan.FromHours(25) },
        new("rotate-by-interval", async (world, token) =>
        {
            world.Clock.Advance(TimeSpan.FromDays(3));
            await world.EditAsync(Resource, """{"spec":{"rotation":{"every":"2d","overlap":"1h"}}}""", token);
        }) { Later = TimeSpan.FromHours(2) },
        new("rotate-by-schedule", async (world, token) =>
        {
            world.Clock.Advance(TimeSpan.FromDays(32));
            await world.EditAsync(Resource, """{"metadata":{"labels":{"look":"again"}}}""", token);
        })
        {
            Before = new M2MOAuthClientSpec
            {
                Rotation = new RotationSpec { Schedule = "0 3 1 * *", Overlap = "1h" },
            },
            Later = TimeSpan.FromHours(2),
        },
        new("adopt", async (world, token) =>
        {
            var client = world.ByHand.Create();
            await world.GiveSecretAsync(client, token);
            await world.AdoptAsync(Resource, client, DeletionPolicy.Delete, token);
        }) { Before = null },
        new("adopt-secret-later", (world, token) => world.AdoptAsync(Resource, world.ByHand.Create(), DeletionPolicy.Delete, token))
        {
            Before = null,
            Following = ($"PATCH m2moauthclients/{Resource}/status", async (world, token) =>
            {
                var adopted = (await world.GetAsync(Resource, token))!.Spec.ClientId;
                await world.GiveSecretAsync(world.Carto.AllClients().Single(client => client.Id == adopted), token);
                return true;
            }),
        },
        new("move", (world, token) =>
            world.EditAsync(Resource, $$"""{"spec":{"accountRef":{"name":"{{MatrixWorld.OtherAccount}}"} } }""", token)
        )
        {
            Furnish = (world, token) => world.Logins.AddOtherAccountAsync(token),
            Later = TimeSpan.FromHours(25),
        },
        new("move-while-rotating", (world, token) => world.RequestRotationAsync(Resource, token))
        {
            Furnish = (world, token) => world.Logins.AddOtherAccountAsync(token),
            Meanwhile = ("CARTO create", (world, token) =>
                world.EditAsync(Resource, $$"""{"spec":{"accountRef":{"name":"{{MatrixWorld.OtherAccount}}"} } }""", token)
            ),
            Later = TimeSpan.FromHours(25),
        },
        new("login-changed", async (world, token) =>
        {
            await world.Logins.ChangeAsync(token);
            await world.EditAsync(Resource, """{"spec":{"displayName":"Nightly ETL"}}""", token);
        }),
        new("delete", (world, token) => world.DeleteAsync(Resource, token)),
        new("delete-while-retiring", async (world, token) => await world.DeleteAsync(Resource, token))
        {
            Furnish = async (world, token) =>
            {
                await world.RequestRotationAsync(Resource, token);
                await world.WaitAsync(
                    Resource,
                    resource => resource?.Status is { Retiring.Count: 1, Pending: null },
                    "a retiring client",
                    token
                );
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
                    Resource,
                    resource => resource?.Status?.ObservedGeneration == resource?.Metadata.Generation,
                    "the suspension to be seen",
                    token
                );
            },
        },
        new("delete-retain", async (world, token) =>
        {
            world.Left[(await world.GetAsync(Resource, token))!.Metadata.Uid] = 1;
            await world.DeleteAsync(Resource, token);
        }) { Before = new M2MOAuthClientSpec { DeletionPolicy = DeletionPolicy.Retain } },
        new("delete-abandon", async (world, token) =>
        {
            world.Left[(await world.GetAsync(Resource, token))!.Metadata.Uid] = 1;
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
                MatrixWorld.Account,
                """{"spec":{"auth":{"clientCredentials":{"secretRef":{"name":"next-login"}}}}}""",
                token
            );
            await world.DeleteSecretAsync(MatrixWorld.Login, token);
            await world.EditAsync(Resource, """{"spec":{"displayName":"Nightly ETL"}}""", token);
        }) { Furnish = (world, token) => world.Logins.AddAsync("next-login", token) },
        new("delete-and-recreate", (world, token) => world.DeleteAsync(Resource, token))
        {
            Following = ($"PATCH m2moauthclients/{Resource}", async (world, token) =>
            {
                if (await world.GetAsync(Resource, token) is not null)
                {
                    return false;
                }

                await world.CreateAsync(Resource, new M2MOAuthClientSpec { DisplayName = "ETL" }, token);
                return true;
            }),
        },
        new("delete-of-deleted-client", async (world, token) =>
        {
            await DeleteClientAsync(world, token);
            await world.DeleteAsync(Resource, token);
        }),
        new("client-deleted", async (world, token) =>
        {
            await DeleteClientAsync(world, token);
            await world.RequestComparisonAsync(token);
        }) { Furnish = CompareOftenAsync },
        new("client-renamed", async (world, token) =>
        {
            world.ByHand.Rename(await world.CurrentAsync(Resource, token));
            await world.RequestComparisonAsync(token);
        })
        {
            Furnish = CompareOftenAsync,
            Then = (world, token) =>
            {
                world.ByHand.NameAsBefore();
                return world.EditAccountAsync(
                    MatrixWorld.Account,
                    """{"metadata":{"annotations":{"credentials.carto.com/reconcile-requested-at":"later"}}}""",
                    token
                );
            },
        },
        new("stray", async (world, token) =>
        {
            var uid = (await world.GetAsync(Resource, token))!.Metadata.Uid;
            world.Carto.CreateClient(world.User, $"ETL {Mark.For(MatrixWorld.Cluster, uid, serial: 7)}");
            await world.RequestComparisonAsync(token);
        }) { Furnish = CompareOftenAsync },
        new("create-token-ended", (world, token) => world.CreateAsync(Resource, new M2MOAuthClientSpec(), token))
        {
            Before = null,
            Meanwhile = ("CARTO create", EndTokens),
        },
        new("delete-token-ended", (world, token) => world.DeleteAsync(Resource, token)) { Meanwhile = ("CARTO delete", EndTokens) },
        new("restart", (world, token) => world.RequestRotationAsync(Resource, token))
        {
            Before = new M2MOAuthClientSpec
            {
                RolloutRestart = [new WorkloadReference { Kind = WorkloadKind.Deployment, Name = Resource }],
            },
            Furnish = (world, token) => world.Workloads.AddAsync(Resource, token),
            Later = TimeSpan.FromHours(25),
        },
        new("restart-after-secret-deleted", (world, token) =>
            world.Pairs.BehindOurBackAsync(() => world.DeleteSecretAsync(Resource, token), token)
        )
        {
            Before = new M2MOAuthClientSpec
            {
                RolloutRestart = [new WorkloadReference { Kind = WorkloadKind.Deployment, Name = Resource }],
            },
            Furnish = (world, token) => world.Workloads.AddAsync(Resource, token),
        },
        new("suspend", async (world, token) =>
        {
            await world.EditAsync(Resource, """{"spec":{"suspend":true,"displayName":"Nightly ETL"}}""", token);
            await world.EditAsync(Resource, """{"spec":{"suspend":false}}""", token);
        }),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [.. Honest, .. MeddlingScenarios.All.Select(scenario => scenario with { IsBrief = true }), .. LyingScenarios.All];

    /// <summary>Somebody deletes the client in CARTO: until that is healed, its pair does not work.</summary>
    private static async Task DeleteClientAsync(MatrixWorld world, CancellationToken cancellationToken)
    {
        var current = await world.CurrentAsync(Resource, cancellationToken);
        await world.Pairs.BehindOurBackAsync(
            () =>
            {
                world.Carto.DeleteClient(current);
                return Task.CompletedTask;
            },
            cancellationToken
        );
    }

    /// <summary>What a comparison found is not remembered over a crash: the next one has to come while the world is watched.</summary>
    internal static async Task CompareOftenAsync(MatrixWorld world, CancellationToken cancellationToken)
    {
        await world.EditAccountAsync(MatrixWorld.Account, """{"spec":{"driftCheckInterval":"10m"}}""", cancellationToken);

        // A client that is this young might just not be listed yet.
        world.Clock.Advance(TimeSpan.FromMinutes(1));
    }

    private static Task EndTokens(MatrixWorld world, CancellationToken cancellationToken)
    {
        world.Carto.EndAllAccessTokens();
        return Task.CompletedTask;
    }
}
