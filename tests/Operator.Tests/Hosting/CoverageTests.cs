using Operator.Hosting;
using Operator.Runtime;

namespace Operator.Tests.Hosting;

public sealed class CoverageTests
{
    private const string Refusal = "list secrets: secrets is forbidden";

    [Fact]
    public void Of_AllIsKnown_IsGood() =>
        Assert.Equal(Health.Good, Coverage.Of([All("namespaces", Known()), Some("secrets", Known("a"), Known("b"))]));

    [Fact]
    public void Of_OneNamespaceIsNotListedYet_Waits() =>
        Assert.Equal(new Health(false, "waiting for the first list of: secrets"), Coverage.Of([Some("secrets", Known("a"), Unknown("b"))]));

    [Fact]
    public void Of_OneNamespaceIsRefused_IsGoodAndNamesIt()
    {
        var health = Coverage.Of([Some("m2moauthclients", Known("a"), Known("b")), Some("secrets", Known("a"), Refused("b"))]);

        Assert.True(health.IsGood);
        Assert.StartsWith($"ok, but not everywhere: namespace b: {Refusal} (", health.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_EachNamespaceIsRefused_IsBad()
    {
        var health = Coverage.Of([Some("m2moauthclients", Refused("a"), Known("b")), Some("secrets", Known("a"), Refused("b"))]);

        Assert.False(health.IsGood);
        Assert.StartsWith(
            $"no namespace can be served: namespace a: {Refusal}; namespace b: {Refusal} (",
            health.Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Of_AllNamespacesAsOneAreRefused_WaitsAndReportsWhy() =>
        Assert.Equal(
            new Health(false, $"waiting for the first list of: secrets ({Refusal})"),
            Coverage.Of([All("secrets", Refused(null)), All("namespaces", Known())])
        );

    private static Part All(string name, Following following) => new(name, following);

    private static Part Some(string name, params Following[] followings) => new(name, followings);

    private static Following Known(string? @namespace = null) => new(@namespace, Task.CompletedTask, Task.CompletedTask, null);

    private static Following Unknown(string? @namespace) => new(@namespace, Never(), Never(), null);

    private static Following Refused(string? @namespace) => new(@namespace, Never(), Task.CompletedTask, Refusal);

    private static Task Never() => new TaskCompletionSource().Task;

    private sealed record Following(string? Namespace, Task Synced, Task Answered, string? Refusal) : IFollowing;

    private sealed class Part(string name, params Following[] followings) : IInformer
    {
        public string Name => name;

        public bool HasSynced => followings.All(following => following.Synced.IsCompleted);

        public IReadOnlyList<IFollowing> Followings => followings;

        public Task RunAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task WaitForSyncAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
