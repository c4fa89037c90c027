using System.Text.Json.Nodes;
using Carto.Emulator;
using CsCheck;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Clients;

/// <summary>
/// Whatever the API server accepts, and whatever CARTO answers: it ends in a client that works or in words, never in an exception.
/// </summary>
public sealed class HostileInputTests(KubernetesServer server)
{
    /// <summary>Record of a reconcile that failed in a way that nobody foresaw.</summary>
    private const string Unforeseen = "[206]";

    private static readonly string[] Texts =
    [
        "a",
        "ETL service",
        new string('x', 100),
        "x]",
        "[k8s",
        "{{ clientId }}",
        "%s%n",
        "../../etc",
        "'; drop table",
        "\"quoted\"",
        "日本語の名前",
        "עברית العربية",
        "e\u0301\u0301\u0301",
        "👩‍👩‍👧‍👦🏴‍☠️",
        "a\u200bb",
        "\ufeff",
        "null",
        "0x1",
        "-1",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SpecsOfEveryShape_ThatTheServerAccepts_EndInACondition()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        var accepted = new List<string>();
        foreach (var (spec, i) in Specs().Array[150].Single(_ => true, "0N0XIzNsQ0O2").Select((spec, i) => (spec, i)))
        {
            var name = $"fuzz-{i}";
            var applied = await world.TryCreateAsync(name, spec);
            if (applied is null)
            {
                accepted.Add(name);
            }
            else
            {
                Assert.DoesNotContain("500", applied, StringComparison.Ordinal);
            }
        }

        Assert.InRange(accepted.Count, 30, 149);
        foreach (var name in accepted)
        {
            await Eventually.GetAsync(
                _ => world.GetAsync(name),
                resource =>
                    resource!.Status?.ObservedGeneration == resource.Metadata.Generation
                    && ConditionSet.Find(resource.Status!.Conditions, ConditionTypes.Synced) is not null,
                $"{name} has a condition",
                Cancel
            );
        }

        Assert.DoesNotContain(Unforeseen, world.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(64)]
    public async Task LongNamesInEveryScript_KeepTheirMark(int? maxLength)
    {
        await using var world = await ClientWorld.CreateAsync(server, new EmulatorVariants { MaxNameLength = maxLength });
        await world.StartAsync();
        var longest = string.Join('.', Enumerable.Repeat(new string('n', 62), 4))[..250] + "end";
        await world.ApplyAsync(name: longest);
        await world.ApplyAsync($"{{displayName: {string.Concat(Enumerable.Repeat("名👩‍👧", 16))}}}", "scripts");

        await world.WaitSyncedAsync(longest);
        await world.WaitSyncedAsync("scripts");

        Assert.All(world.Live, client =>
        {
            Assert.Matches(@"\[k8s:0a1b2c:[0-9a-f]{12}-1\]$", client.Name);
            Assert.InRange(client.Name.Length, 1, maxLength ?? 255);
            Assert.DoesNotContain('\ufffd', client.Name);
        });
        Assert.Equal(2, world.Live.Count);
    }

    public static TheoryData<FaultKind, Operation> Answers() =>
        new(
            from kind in new[]
            {
                FaultKind.MalformedBody,
                FaultKind.MalformedText,
                FaultKind.HugeAnswer,
                FaultKind.Redirect,
                FaultKind.SlowBody,
                FaultKind.Status,
            }
            from operation in new[] { Operation.Create, Operation.Token, Operation.List, Operation.Get, Operation.Update, Operation.Delete }
            where kind != FaultKind.MalformedText || operation != Operation.Token
            select (kind, operation)
        );

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task AnswerThatMakesNoSense_LeavesNeitherADuplicateNorAnOrphan(FaultKind kind, Operation operation)
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        if (operation is Operation.List or Operation.Get)
        {
            // Then the client has to be found again.
            world.Carto.Faults.Add(Fault.CutAfter(Operation.Create));
        }

        world.Carto.Faults.Add(
            new Fault
            {
                Kind = kind,
                Operation = operation,
                Location = new Uri("https://elsewhere.example.com/"),
                Delay = TimeSpan.FromSeconds(1),
                Status = 502,
                Html = true,
            }
        );

        await world.ApplyAsync();
        await Eventually.AssertAsync(
            async _ =>
            {
                world.Time.Advance(TimeSpan.FromSeconds(1));
                world.Nudge();
                await world.AssertOneWorkingClientAsync();
            },
            Cancel
        );
        await world.WaitSyncedAsync();
        await world.KubectlAsync("patch", "m2m", "etl", "--type=merge", "-p", """{"spec":{"displayName":"Nightly ETL"}}""");
        await Eventually.TrueAsync(
            () => Assert.Single(world.Live).Name.StartsWith("Nightly ETL [", StringComparison.Ordinal),
            "the client to be renamed",
            Cancel
        );
        await world.WaitSyncedAsync();
        await world.KubectlAsync("delete", "m2m", "etl", "--wait=false");
        await Eventually.AssertAsync(
            async _ =>
            {
                world.Time.Advance(TimeSpan.FromSeconds(1));
                world.Nudge();
                Assert.Null(await world.GetAsync());
            },
            Cancel
        );

        Assert.Empty(world.Live);
        Assert.DoesNotContain(Unforeseen, world.Log, StringComparison.Ordinal);
    }

    /// <summary>Specs with most fields now and then, and a wrong value now and then.</summary>
    private static Gen<JsonObject> Specs() =>
        from displayName in Maybe(Pick(Texts))
        from suspend in Maybe(Gen.Bool.Select(value => (JsonNode)JsonValue.Create(value)), 0.1)
        from verify in Maybe(Gen.Bool.Select(value => (JsonNode)JsonValue.Create(value)), 0.2)
        from clientId in Maybe(Pick("unknown", "a b", ""), 0.1)
        from policy in Maybe(Pick("Delete", "Retain", "Keep"), 0.2)
        from account in Maybe(Pick("default", "nobody", "No").Select(name => (JsonNode)new JsonObject { ["name"] = name.DeepClone() }), 0.2)
        from secret in Maybe(Secrets(), 0.6)
        from rotation in Maybe(Rotations(), 0.3)
        from restart in Maybe(
            Pick("web", "Web", "")
                .Select(name => (JsonNode)new JsonArray(new JsonObject { ["kind"] = "Deployment", ["name"] = name.DeepClone() })),
            0.2
        )
        select Object(
            ("displayName", displayName),
            ("suspend", suspend),
            ("verify", verify),
            ("clientId", clientId),
            ("deletionPolicy", policy),
            ("accountRef", account),
            ("secret", secret),
            ("rotation", rotation),
            ("rolloutRestart", restart)
        );

    private static Gen<JsonNode> Secrets() =>
        from type in Maybe(Pick("Opaque", "example.com/x", "kubernetes.io/tls", "kubernetes.io/dockerconfigjson"), 0.3)
        from file in Maybe(Pick("carto.json", "..", "CARTO_CLIENT_ID"), 0.3)
        from label in Maybe(Pick(Texts).Select(text => (JsonNode)new JsonObject { ["example.com/x"] = text.DeepClone() }), 0.2)
        from template in Maybe(
            Pick(
                    "{{ clientSecret }}",
                    "{{ nobody }}",
                    "{% for i in (1..9) %}x{% endfor %}",
                    "{{",
                    "{{ clientId | upcase | json }}",
                    "{{ 'x' | times: 9 }}"
                )
                .Select(text => (JsonNode)new JsonObject { ["T"] = text.DeepClone() }),
            0.5
        )
        select (JsonNode)Object(("type", type), ("credentialsFile", file), ("labels", label), ("template", template));

    private static Gen<JsonNode> Rotations() =>
        from every in Maybe(Pick("90d", "1h", "5m", "x"), 0.6)
        from schedule in Maybe(Pick("0 3 * * 0", "0 3 30 2 *", "* *"), 0.4)
        from zone in Maybe(Pick("Europe/Madrid", "Mars/Olympus", "Local"), 0.2)
        from overlap in Maybe(Pick("30m", "24h", "0s"), 0.3)
        select (JsonNode)Object(("every", every), ("schedule", schedule), ("timeZone", zone), ("overlap", overlap));

    private static Gen<JsonNode> Pick(params string[] texts) =>
        Gen.Int[0, texts.Length - 1].Select(i => (JsonNode)JsonValue.Create(texts[i])!);

    private static Gen<JsonNode?> Maybe(Gen<JsonNode> value, double chance = 0.5) =>
        from there in Gen.Double.Unit
        from node in value
        select there < chance ? node.DeepClone() : null;

    private static JsonObject Object(params (string Name, JsonNode? Value)[] members) =>
        new(members.Where(member => member.Value is not null).Select(member => KeyValuePair.Create(member.Name, member.Value)));
}
