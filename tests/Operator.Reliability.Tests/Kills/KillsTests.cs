using System.Text;
using k8s.Models;
using Operator.Access;
using Operator.Contracts;
using Operator.Reliability.Kills;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Reliability.Tests.Kills;

/// <summary>A short run of the real kills, and the proof that differences are found.</summary>
public sealed class KillsTests(KubernetesServer server)
{
    private const string Resource = "etl";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task KilledAtRandomMoments_BreaksNoPromise()
    {
        await server.ApplyCrdsAsync("config/crd", Cancel);
        using var api = new KubernetesApi(server.CreateConfiguration());
        var run = new KillsRun(server, api, TestContext.Current.TestOutputHelper!.WriteLine);

        var outcome = await run.RunAsync(new KillsOptions(Resources: 30, Kills: 6, Seed: 1, Alone: false), Cancel);

        Assert.Empty(outcome.Violations);
    }

    [Fact]
    public async Task Compare_WhatIsNotAsItShouldBe_IsFound()
    {
        await server.ApplyCrdsAsync("config/crd", Cancel);
        using var api = new KubernetesApi(server.CreateConfiguration());
        await using var world = await KillsWorld.CreateAsync(server, api, alone: false, Cancel);
        var comparison = new Comparison(world);
        await using (world.Start())
        {
            await world.Clients.CreateAsync(
                new M2MOAuthClient
                {
                    Metadata = new V1ObjectMeta { Name = Resource, NamespaceProperty = world.Namespace },
                    Spec = new M2MOAuthClientSpec
                    {
                        AccountRef = new AccountReference { Kind = AccountKind.CartoAccount, Name = "ana" },
                    },
                },
                Cancel
            );
            await Eventually.AssertAsync(async token => Assert.Empty(await comparison.CompareAsync(token)), Cancel);
        }

        var resource = (await world.Clients.GetAsync(world.Key(Resource), Cancel))!;
        var user = world.Users["ana"];
        world.Carto.CreateClient(user, $"etl {Mark.For(KillsWorld.Cluster, resource.Metadata.Uid, serial: 2)}");
        world.Carto.CreateClient(user, $"etl {Mark.For(KillsWorld.Cluster, "gone", serial: 1)}");
        world.Carto.RenameClient(world.Bystanders[0].Id, "touched");
        await world.Secrets.PatchAsync(
            world.Key(Resource),
            Encoding.UTF8.GetBytes("""{"stringData":{"CARTO_CLIENT_SECRET":"wrong"}}"""),
            subresource: null,
            Cancel
        );

        var differences = await comparison.CompareAsync(Cancel);
        Assert.Equal(4, differences.Count);
        Assert.Contains(differences, line => line.EndsWith("which is of a resource that is gone", StringComparison.Ordinal));
        Assert.Contains(differences, line => line.EndsWith("which is of etl", StringComparison.Ordinal));
        Assert.Contains(differences, line => line.StartsWith("P2: the Secret of etl does not hold the pair", StringComparison.Ordinal));
        Assert.Contains(differences, line => line.StartsWith("P3: the foreign client", StringComparison.Ordinal));

        world.Carto.DeleteClient(resource.Status!.Current!.ClientId);
        Assert.Contains(await comparison.CompareAsync(Cancel), line => line.EndsWith("which does not live", StringComparison.Ordinal));
    }
}
