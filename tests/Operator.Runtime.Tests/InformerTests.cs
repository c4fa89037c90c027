using k8s.Models;
using Operator.TestKit;

namespace Operator.Runtime.Tests;

public sealed class InformerTests(KubernetesServer server) : ClusterTests(server)
{
    [Fact]
    public async Task Run_ObjectsFromBeforeAndAfter_AreInTheStoreUntilTheyAreDeleted()
    {
        await Widgets.CreateAsync(Widget.Named(Namespace, "before", 1), Cancel);
        var informer = await StartInformerAsync(Widgets);
        Assert.True(informer.Store.TryGet(Key("before"), out _));

        var after = await Widgets.CreateAsync(Widget.Named(Namespace, "after", 2), Cancel);
        await Eventually.TrueAsync(() => informer.Store.Count == 2, "two widgets", Cancel);

        await Widgets.ReplaceAsync(after with { Spec = new WidgetSpec { Size = 3 } }, Cancel);
        await Eventually.TrueAsync(() => informer.Store.TryGet(Key("after"), out var w) && w.Spec.Size == 3, "the new size", Cancel);

        await Widgets.DeleteAsync(Key("before"), uid: null, Cancel);
        await Eventually.TrueAsync(() => informer.Store.Count == 1, "one widget", Cancel);
    }

    [Fact]
    public async Task Run_MoreObjectsThanAPage_ListsAll()
    {
        for (var i = 0; i < 7; i++)
        {
            await Widgets.CreateAsync(Widget.Named(Namespace, $"w{i}"), Cancel);
        }

        var informer = await StartInformerAsync(Widgets, new InformerOptions { PageSize = 3 });

        Assert.Equal(7, informer.Store.Count);
    }

    [Fact]
    public async Task Run_ObjectOfKubectlApply_IsKeptWithoutManagedFieldsAndLastApplied()
    {
        await Server.Kubectl.ApplyAsync(
            $$$"""{"apiVersion":"testing.example.com/v1","kind":"Widget","metadata":{"name":"one","namespace":"{{{Namespace}}}","annotations":{"a":"b"} } }""",
            Cancel
        );

        var informer = await StartInformerAsync(Widgets);

        Assert.True(informer.Store.TryGet(Key("one"), out var widget));
        Assert.Null(widget.Metadata.ManagedFields);
        Assert.Equal([new("a", "b")], widget.Metadata.Annotations);
    }

    [Fact]
    public async Task Run_SecretMetadataByLabel_HoldsOnlySelectedSecrets()
    {
        var secrets = Api.For(BuiltIn.Secrets);
        await secrets.CreateAsync(Secret("ours", "yes"), Cancel);
        await secrets.CreateAsync(Secret("theirs", "no"), Cancel);
        var informer = await StartInformerAsync(Api.For(BuiltIn.SecretMetadata), new InformerOptions { LabelSelector = "ours=yes" });
        Assert.Equal(["ours"], informer.Store.Items.Select(s => s.Metadata.Name));

        await secrets.CreateAsync(Secret("late", "yes"), Cancel);
        await Eventually.TrueAsync(() => informer.Store.TryGet(Key("late"), out var s) && s.Kind == "Secret", "the late secret", Cancel);
    }

    private V1Secret Secret(string name, string ours) =>
        new()
        {
            Metadata = new V1ObjectMeta
            {
                NamespaceProperty = Namespace,
                Name = name,
                Labels = new Dictionary<string, string> { ["ours"] = ours },
            },
            StringData = new Dictionary<string, string> { ["k"] = "v" },
        };
}
