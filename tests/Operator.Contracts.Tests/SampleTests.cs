using Operator.TestKit;

namespace Operator.Contracts.Tests;

/// <summary>The samples that people copy.</summary>
public sealed class SampleTests(KubernetesServer server)
{
    private const string Kustomization = "kustomization.yaml";

    private static readonly string Folder = Repository.PathOf("config", "samples");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public static TheoryData<string> Samples() => [.. Files()];

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Sample_IsAcceptedAsItIs(string file)
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);
        await using var @namespace = await TestNamespace.CreateAsync(server, CancellationToken);

        var applied = await @namespace.Kubectl.RunAsync(
            ["apply", "--dry-run=server", "--validate=strict", "-f", Path.Combine(Folder, file)],
            CancellationToken
        );

        Assert.True(applied.ExitCode == 0 && applied.Error.Length == 0, applied.ToString());
    }

    [Fact]
    public void Kustomization_NamesEverySample()
    {
        var named = Yaml.Parse(File.ReadAllText(Path.Combine(Folder, Kustomization)))[0]["resources"]!
            .AsArray()
            .Select(each => (string)each!);

        Assert.Equal(Files(), named);
    }

    /// <summary>Somebody who looks for a field finds a sample of it.</summary>
    [Fact]
    public void EveryField_OfAClientsSpec_IsInASample()
    {
        var shown = Files()
            .SelectMany(file => Yaml.Parse(File.ReadAllText(Path.Combine(Folder, file))))
            .Where(sample => (string?)sample["kind"] == M2MOAuthClient.KubeKind)
            .SelectMany(sample => sample["spec"]?.AsObject().Select(each => each.Key) ?? [])
            .ToHashSet();

        Assert.Empty(ContractsJsonContext.Default.M2MOAuthClientSpec.Properties.Select(each => each.Name).Except(shown));
    }

    private static IEnumerable<string> Files() =>
        Directory
            .EnumerateFiles(Folder, "*.yaml")
            .Select(file => Path.GetFileName(file)!)
            .Where(file => file != Kustomization)
            .Order(StringComparer.Ordinal);
}
