using System.Text;
using k8s.Models;
using Operator.TestKit;

namespace Operator.Runtime.Tests;

public sealed class ResourceClientTests(KubernetesServer server) : ClusterTests(server)
{
    [Fact]
    public async Task Get_NoSuchObject_IsNull() => Assert.Null(await Widgets.GetAsync(Key("absent"), Cancel));

    [Fact]
    public async Task Get_NoSuchKind_IsAnErrorAndNotAnAbsentObject()
    {
        var gadgets = Api.For(Widget.Definition with { Plural = "gadgets" });

        var exception = await Assert.ThrowsAsync<KubernetesApiException>(() => gadgets.GetAsync(Key("any"), Cancel));

        Assert.True(exception.IsNotFound);
    }

    [Fact]
    public async Task Create_NameIsTaken_SaysAlreadyExistsAndNotConflict()
    {
        await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);

        var exception = await Assert.ThrowsAsync<KubernetesApiException>(() => Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel));

        Assert.True(exception.IsAlreadyExists);
        Assert.False(exception.IsConflict);
    }

    [Fact]
    public async Task Replace_ObjectHasChangedSince_IsAConflict()
    {
        var first = await Widgets.CreateAsync(Widget.Named(Namespace, "one", 1), Cancel);
        await Widgets.ReplaceAsync(first with { Spec = new WidgetSpec { Size = 2 } }, Cancel);

        var exception = await Assert.ThrowsAsync<KubernetesApiException>(() =>
            Widgets.ReplaceAsync(first with { Spec = new WidgetSpec { Size = 3 } }, Cancel)
        );

        Assert.True(exception.IsConflict);
        Assert.Equal(2, (await Widgets.GetAsync(Key("one"), Cancel))!.Spec.Size);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("status")]
    public async Task Patch_MeantForAnEarlierObjectOfThatName_IsAConflict(string? subresource)
    {
        // A status patch ignores the uid, and a patch of the object itself calls another uid invalid; the version is what protects both.
        var first = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);
        await Widgets.DeleteAsync(Key("one"), uid: null, Cancel);
        await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);
        var patch = Encoding.UTF8.GetBytes(
            $$$"""{"metadata":{"uid":"{{{first.Metadata.Uid}}}","resourceVersion":"{{{first.Metadata.ResourceVersion}}}"},"status":{"phase":"Wrong"}}"""
        );

        var exception = await Assert.ThrowsAsync<KubernetesApiException>(() => Widgets.PatchAsync(Key("one"), patch, subresource, Cancel));

        Assert.True(exception.IsConflict, $"{exception.StatusCode} {exception.Reason}: {exception.Message}");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("status")]
    public async Task Patch_VersionIsOld_IsAConflict(string? subresource)
    {
        var first = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);
        await Widgets.ReplaceAsync(first with { Spec = new WidgetSpec { Size = 2 } }, Cancel);
        var patch = Encoding.UTF8.GetBytes(
            $$$"""{"metadata":{"resourceVersion":"{{{first.Metadata.ResourceVersion}}}"},"status":{"phase":"Wrong"}}"""
        );

        var exception = await Assert.ThrowsAsync<KubernetesApiException>(() => Widgets.PatchAsync(Key("one"), patch, subresource, Cancel));

        Assert.True(exception.IsConflict);
    }

    [Fact]
    public async Task Delete_UidIsThatOfAnotherObject_IsAConflictAndDeletesNothing()
    {
        await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);

        var exception = await Assert.ThrowsAsync<KubernetesApiException>(() =>
            Widgets.DeleteAsync(Key("one"), "00000000-0000-0000-0000-000000000000", Cancel)
        );

        Assert.True(exception.IsConflict);
        Assert.NotNull(await Widgets.GetAsync(Key("one"), Cancel));
    }

    [Fact]
    public async Task Delete_Twice_SaysThatThereWasNothingTheSecondTime()
    {
        var widget = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);

        Assert.True(await Widgets.DeleteAsync(Key("one"), widget.Metadata.Uid, Cancel));
        Assert.False(await Widgets.DeleteAsync(Key("one"), widget.Metadata.Uid, Cancel));
    }

    [Fact]
    public async Task Secrets_WrittenAndReadBack_KeepTheirData()
    {
        var secrets = Api.For(BuiltIn.Secrets);
        await secrets.CreateAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta { NamespaceProperty = Namespace, Name = "pair" },
                Data = new Dictionary<string, byte[]> { ["key"] = [1, 2, 3] },
            },
            Cancel
        );

        var read = await secrets.GetAsync(Key("pair"), Cancel);

        Assert.Equal([1, 2, 3], read!.Data["key"]);
        Assert.Equal("Secret", read.Kind);
    }

    [Fact]
    public async Task SecretMetadata_OfASecret_BearsItsKindAndOmitsItsData()
    {
        await Api.For(BuiltIn.Secrets)
            .CreateAsync(
                new V1Secret
                {
                    Metadata = new V1ObjectMeta
                    {
                        NamespaceProperty = Namespace,
                        Name = "pair",
                        Labels = new Dictionary<string, string> { ["a"] = "b" },
                    },
                    Data = new Dictionary<string, byte[]> { ["key"] = [1, 2, 3] },
                },
                Cancel
            );

        var read = await Api.For(BuiltIn.SecretMetadata).GetAsync(Key("pair"), Cancel);

        Assert.Equal("b", read!.Metadata.Labels["a"]);
        Assert.Equal(("v1", "Secret"), (read.ApiVersion, read.Kind));
    }

    [Fact]
    public async Task Get_ObjectOfKubectlApply_KeepsLastAppliedButNotManagedFields()
    {
        await Server.Kubectl.ApplyAsync(
            $$$"""{"apiVersion":"testing.example.com/v1","kind":"Widget","metadata":{"name":"one","namespace":"{{{Namespace}}}"},"spec":{"size":1}}""",
            Cancel
        );

        var read = (await Widgets.GetAsync(Key("one"), Cancel))!;

        Assert.Null(read.Metadata.ManagedFields);
        Assert.True(read.Metadata.Annotations.ContainsKey(WireJson.LastApplied));
    }

    [Fact]
    public async Task GetVersion_ServerIsThere_SaysItsVersion() =>
        Assert.StartsWith("v1.", await Api.GetVersionAsync(Cancel), StringComparison.Ordinal);

    [Fact]
    public async Task Call_ServerIsNotThere_IsAnHttpRequestException()
    {
        var configuration = Server.CreateConfiguration();
        configuration.Host = "https://127.0.0.1:1";
        using var api = new KubernetesApi(configuration);

        await Assert.ThrowsAsync<HttpRequestException>(() => api.For(Widget.Definition).GetAsync(Key("one"), Cancel));
    }

    [Fact]
    public async Task Call_Cancelled_IsCancelledAndNotATimeout() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Widgets.GetAsync(Key("one"), new CancellationToken(canceled: true)));
}
