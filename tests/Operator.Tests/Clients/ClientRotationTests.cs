using Carto.Emulator;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Clients;

/// <summary>A pair is replaced by a new one, and nobody who uses it notices.</summary>
public sealed class ClientRotationTests(KubernetesServer server)
{
    private const string Request = "credentials.carto.com/rotate-requested-at=now";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RotationOnRequest_SwitchesTheSecretAndRevokesTheOldClientAfterTheOverlap()
    {
        await using var world = await SettledAsync("{rotation: {every: 90d, overlap: 2h}}");
        var old = Assert.Single(world.Live);

        await world.KubectlAsync("annotate", "m2m", "etl", Request);
        var resource = await WaitSwitchedAsync(world, old);

        Assert.Equal(2, world.Live.Count);
        var retiring = Assert.Single(resource.Status!.Retiring!);
        Assert.Equal(old.Id, retiring.ClientId);
        Assert.InRange(retiring.RevokeAfter, world.Time.GetUtcNow().AddMinutes(115), world.Time.GetUtcNow().AddHours(2));
        Assert.Equal("now", resource.Status.LastHandledRotateAt);
        Assert.NotNull(resource.Status.LastRotationTime);
        var secret = await world.SecretAsync();
        Assert.Equal(
            world.Live.Single(client => client.Id == resource.Status.ClientId).Secret,
            ClientWorld.Value(secret, "CARTO_CLIENT_SECRET")
        );

        world.Time.Advance(TimeSpan.FromHours(2));
        world.Nudge();
        await Eventually.AssertAsync(_ => world.AssertOneWorkingClientAsync(), Cancel);
    }

    [Fact]
    public async Task RotationByInterval_ComesWhenThePairIsOldEnoughAndNotBefore()
    {
        await using var world = await SettledAsync("{rotation: {every: 10h, overlap: 1h}}");
        var old = Assert.Single(world.Live);
        world.Time.Advance(TimeSpan.FromHours(8.5));
        world.Nudge();
        await world.WaitIdleAsync();
        Assert.Single(world.Live);

        world.Time.Advance(TimeSpan.FromHours(1.5));
        world.Nudge();
        var resource = await WaitSwitchedAsync(world, old);

        Assert.InRange(resource.Status!.NextRotationTime!.Value, world.Time.GetUtcNow().AddHours(8), world.Time.GetUtcNow().AddHours(10.1));
        await world.WaitIdleAsync();
        Assert.Equal(2, world.Carto.Calls.Count(Operation.Create));
    }

    [Fact]
    public async Task RotationWhoseNewPairDoesNotWorkYet_LeavesTheOldOneInPlace()
    {
        await using var world = await SettledAsync("{}");
        var old = Assert.Single(world.Live);
        world.Carto.Faults.Add(Fault.HttpStatus(Operation.Token, 401, count: null));

        await world.KubectlAsync("annotate", "m2m", "etl", Request);
        await world.WaitAsync(ConditionTypes.Reconciling, "True", Reasons.CredentialsPending);

        Assert.Equal(old.Id, ClientWorld.Value(await world.SecretAsync(), "CARTO_CLIENT_ID"));
        await world.WaitAsync(ConditionTypes.Ready, "True");
        world.Carto.Faults.Clear();
        await WaitSwitchedAsync(world, old);
        Assert.Equal(2, world.Carto.Calls.Count(Operation.Create));
    }

    [Fact]
    public async Task RotationThatCartoRefuses_LeavesThePairInPlaceAndReportsIt()
    {
        await using var world = await SettledAsync("{}");
        var old = Assert.Single(world.Live);
        world.Carto.Variants = world.Carto.Variants with { ClientQuota = 1 };

        await world.KubectlAsync("annotate", "m2m", "etl", Request);
        var resource = await world.WaitAsync(ConditionTypes.Synced, "False");

        Assert.True(ConditionSet.Find(resource.Status!.Conditions, ConditionTypes.Ready) is { Status: "True" });
        Assert.Equal(old.Id, Assert.Single(world.Live).Id);
        world.Carto.Variants = world.Carto.Variants with { ClientQuota = null };
        world.Nudge();
        await WaitSwitchedAsync(world, old);
    }

    [Fact]
    public async Task ResourceThatBearsARequestFromTheStart_IsNotRotated()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        await world.Namespace.ApplyAsync(
            """
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata: {name: etl, annotations: {credentials.carto.com/rotate-requested-at: x}}
            """,
            Cancel
        );
        await world.WaitSyncedAsync();
        await world.WaitIdleAsync();

        Assert.Equal(1, world.Carto.Calls.Count(Operation.Create));
        Assert.Equal("x", (await world.GetAsync())!.Status!.LastHandledRotateAt);
    }

    [Fact]
    public async Task DeletionWhileAClientRetires_RevokesBoth()
    {
        await using var world = await SettledAsync("{}");
        var old = Assert.Single(world.Live);
        await world.KubectlAsync("annotate", "m2m", "etl", Request);
        await WaitSwitchedAsync(world, old);

        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=30s");

        Assert.Empty(world.Live);
    }

    [Fact]
    public async Task DeletionThatRetains_RevokesTheClientThatWasReplaced()
    {
        await using var world = await SettledAsync("{deletionPolicy: Retain}");
        var old = Assert.Single(world.Live);
        await world.KubectlAsync("annotate", "m2m", "etl", Request);
        var resource = await WaitSwitchedAsync(world, old);

        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=30s");

        Assert.Equal(resource.Status!.ClientId, Assert.Single(world.Live).Id);
    }

    [Fact]
    public async Task Workloads_AreRestartedOnceForANewPair()
    {
        await using var world = await SettledAsync(
            "{rolloutRestart: [{kind: Deployment, name: web}, {kind: StatefulSet, selector: {matchLabels: {uses: carto}}}, {kind: "
                + "Deployment, name: paused}]}",
            Workload("Deployment", "web"),
            Workload("Deployment", "paused", "paused: true"),
            Workload("StatefulSet", "db", "serviceName: db", "{uses: carto}"),
            Workload("StatefulSet", "other", "serviceName: db")
        );
        var old = Assert.Single(world.Live);
        Assert.Null(await RestartedForAsync(world, "deployment/web"));

        await world.KubectlAsync("annotate", "m2m", "etl", Request);
        var resource = await WaitSwitchedAsync(world, old);
        await world.WaitSyncedAsync();

        Assert.Equal(resource.Status!.ClientId, await RestartedForAsync(world, "deployment/web"));
        Assert.Equal(resource.Status.ClientId, await RestartedForAsync(world, "statefulset/db"));
        Assert.Null(await RestartedForAsync(world, "deployment/paused"));
        Assert.Null(await RestartedForAsync(world, "statefulset/other"));

        await world.KillAsync();
        world.Calls.Forget();
        await world.StartAsync();
        world.Nudge();
        await world.WaitIdleAsync();
        Assert.DoesNotContain(world.Calls.Writes, call => call.StartsWith("PATCH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WorkloadThatDoesNotExist_IsNamedAndTriedAgainWhileTheRestGoesOn()
    {
        await using var world = await SettledAsync(
            "{rolloutRestart: [{kind: Deployment, name: missing}, {kind: DaemonSet, name: agent}]}",
            Workload("DaemonSet", "agent")
        );
        var old = Assert.Single(world.Live);

        await world.KubectlAsync("annotate", "m2m", "etl", Request);
        var resource = await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.RestartFailed);

        Assert.Contains(
            "spec.rolloutRestart[0]: the Deployment missing does not exist",
            ConditionSet.Find(resource.Status!.Conditions, ConditionTypes.Synced)!.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(resource.Status.ClientId, await RestartedForAsync(world, "daemonset/agent"));
        await world.WaitAsync(ConditionTypes.Ready, "True");
        world.Time.Advance(TimeSpan.FromHours(25));
        world.Nudge();
        await Eventually.TrueAsync(() => world.Live.All(client => client.Id != old.Id), "the old client is revoked all the same", Cancel);

        await world.Namespace.ApplyAsync(Workload("Deployment", "missing"), Cancel);
        world.Nudge();
        await world.WaitSyncedAsync();
        Assert.Equal(resource.Status.ClientId, await RestartedForAsync(world, "deployment/missing"));
    }

    [Fact]
    public async Task WorkloadThatLosesItsAnnotationWhileAnotherIsMissing_IsNotRestartedAgain()
    {
        await using var world = await SettledAsync(
            "{rolloutRestart: [{kind: Deployment, name: missing}, {kind: Deployment, selector: {matchLabels: {uses: carto}}}]}",
            Workload("Deployment", "web", labels: "{uses: carto}")
        );
        await world.KubectlAsync("annotate", "m2m", "etl", Request);
        var resource = await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.RestartFailed);
        Assert.Equal(
            (resource.Status!.ClientId, "Deployment/web"),
            (resource.Status.Restarts?.ClientId, resource.Status.Restarts?.Done?.Single())
        );

        await world.KubectlAsync(
            "patch",
            "deployment",
            "web",
            "--type=json",
            "-p",
            """[{"op":"remove","path":"/spec/template/metadata/annotations/credentials.carto.com~1client-id"}]"""
        );
        world.Calls.Forget();
        await TriedAgainAsync(world);
        Assert.Null(await RestartedForAsync(world, "deployment/web"));

        await world.KillAsync();
        world.Calls.Forget();
        await world.StartAsync();
        await TriedAgainAsync(world);
        Assert.Null(await RestartedForAsync(world, "deployment/web"));

        await world.Namespace.ApplyAsync(Workload("Deployment", "missing"), Cancel);
        world.Nudge();
        resource = await world.WaitSyncedAsync();
        Assert.Equal((resource.Status!.ClientId, null), (resource.Status.RestartedFor, resource.Status.Restarts));
    }

    [Fact]
    public async Task ScheduleThatNeverComes_IsReportedWhileTheClientWorks()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();

        await world.ApplyAsync("{rotation: {schedule: 0 3 30 2 *}}");

        await world.WaitAsync(ConditionTypes.Stalled, "True", Reasons.InvalidSpec);
        await world.WaitAsync(ConditionTypes.Ready, "True");
    }

    /// <summary>Waits for another attempt to restart what cannot be, from its begin to its end.</summary>
    private static Task<IReadOnlyList<string>> TriedAgainAsync(ClientWorld world) =>
        Eventually.GetAsync(
            async _ =>
            {
                world.Nudge();
                await world.WaitIdleAsync();
                return world.Calls.Seen;
            },
            seen => seen.Contains("GET deployments"),
            "another attempt",
            Cancel
        );

    private static async Task<M2MOAuthClient> WaitSwitchedAsync(ClientWorld world, EmulatorClient old) =>
        (
            await Eventually.GetAsync(
                _ => world.GetAsync(),
                resource => resource!.Status is { ClientId: { } id, Pending: null } && id != old.Id,
                "another pair",
                Cancel
            )
        )!;

    private static async Task<string?> RestartedForAsync(ClientWorld world, string workload) =>
        await world.KubectlAsync("get", workload, "-o", @"jsonpath={.spec.template.metadata.annotations.credentials\.carto\.com/client-id}")
            is { Length: > 0 } id
            ? id
            : null;

    private static string Workload(string kind, string name, string spec = "", string labels = "{}") =>
        $$"""
            apiVersion: apps/v1
            kind: {{kind}}
            metadata: {name: {{name}}, labels: {{labels}}}
            spec:
              {{spec}}
              selector: {matchLabels: {app: {{name}} } }
              template: {metadata: {labels: {app: {{name}} } }, spec: {containers: [{name: a, image: example.com/a}] } }
            """;

    private async Task<ClientWorld> SettledAsync(string spec, params string[] workloads)
    {
        var world = await ClientWorld.CreateAsync(server, new EmulatorVariants { SecretInGet = false });
        foreach (var workload in workloads)
        {
            await world.Namespace.ApplyAsync(workload, Cancel);
        }

        await world.StartAsync();
        await world.ApplyAsync(spec);
        await world.WaitSyncedAsync();
        await world.WaitIdleAsync();
        return world;
    }
}
