using k8s.Models;
using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Tests.Accounts;

public sealed class AccountDirectoryTests : IAsyncDisposable
{
    private static readonly AccountKey Key = new(AccountKind.ClusterCartoAccount, null, "default");
    private static readonly ObjectKey Resource = new("team", "etl");

    private readonly AccountDirectory _directory;
    private readonly StubCarto _carto = new();
    private readonly List<ObjectKey> _woken = [];
    private readonly List<AccountKey> _rechecked = [];
    private IAccountResource? _account = Account(generation: 1);
    private bool _allowed = true;

    public AccountDirectoryTests() =>
        _directory = new AccountDirectory(key => key == Key ? _account : null, (_, _) => _allowed, () => [])
        {
            Wake = _woken.Add,
            Recheck = _rechecked.Add,
        };

    public ValueTask DisposeAsync() => _carto.DisposeAsync();

    [Fact]
    public async Task Acquire_AccountDoesNotExist_ReportsIt()
    {
        _account = null;

        await using var lease = Acquire();

        var view = Assert.IsType<AccountView.Unavailable>(lease.View);
        Assert.Equal(Reasons.AccountNotFound, view.Reason);
        Assert.Contains("ClusterCartoAccount default", view.Message, StringComparison.Ordinal);
        Assert.Null(view.Endpoints);
    }

    [Fact]
    public async Task Acquire_NotTriedYet_IsUnknownButHasEndpoints()
    {
        await using var lease = Acquire();

        Assert.IsType<AccountView.Unknown>(lease.View);
        Assert.Equal("https://api.example.com", lease.View.Endpoints!.ApiBaseUrl);
    }

    [Fact]
    public async Task Acquire_Connected_HoldsTheAccess()
    {
        var access = await PublishAsync();

        await using var lease = Acquire();

        Assert.Equal(access.Record, Assert.IsType<AccountView.Available>(lease.View).Account);
        Assert.Same(access, lease.Access);
    }

    [Fact]
    public async Task Acquire_Connected_SaysWhichClientsMayBeAdopted()
    {
        _account = Account(1) with
        {
            Spec = new AccountSpec
            {
                ApiBaseUrl = "https://api.example.com",
                Adoption = new AdoptionSpec { ClientIds = ["allowed"] },
            },
        };
        await PublishAsync();

        await using var lease = Acquire();

        var adoption = Assert.IsType<AccountView.Available>(lease.View).Adoption!;
        Assert.Equal(Key, adoption.Account);
        Assert.True(adoption.Allows("allowed", "ETL"));
        Assert.False(adoption.Allows("other", "ETL"));
        Assert.True(adoption.IsLogin("login"));
    }

    [Fact]
    public async Task Acquire_Broken_ReportsWhy()
    {
        await _directory.PublishAsync(Key, _account!, Reasons.SecretNotFound, "it is missing");

        await using var lease = Acquire();

        var view = Assert.IsType<AccountView.Unavailable>(lease.View);
        Assert.Equal(Reasons.AccountNotReady, view.Reason);
        Assert.Contains("(SecretNotFound): it is missing", view.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "uid")]
    [InlineData(1, "another-uid")]
    public async Task Acquire_AccountIsAnotherThanTheOneTried_IsUnknown(long generation, string uid)
    {
        await PublishAsync();
        _account = Account(generation, uid);

        await using var lease = Acquire();

        Assert.IsType<AccountView.Unknown>(lease.View);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Acquire_NamespaceNotAllowed_ReportsItWhetherTheAccountWorksOrNot(bool works)
    {
        if (works)
        {
            await PublishAsync();
        }

        _allowed = false;

        await using var lease = Acquire();

        Assert.Equal(Reasons.NamespaceNotAllowed, lease.View.Denied!.Reason);
        Assert.Contains("does not allow the namespace team", lease.View.Denied.Message, StringComparison.Ordinal);
        Assert.Equal(works, lease.Access is not null);
    }

    [Fact]
    public async Task Acquire_NotOpenedYet_LetsNobodyCreate()
    {
        await PublishAsync();
        await using var before = Acquire();
        _directory.Await(before, Resource);

        _directory.Open(Key, _account!);

        Assert.Equal([Resource], _woken);
        await using var after = Acquire();
        Assert.Same(Restriction.NotYet, ClosedOf(before));
        Assert.Null(ClosedOf(after));
    }

    [Theory]
    [InlineData(2, "uid")]
    [InlineData(1, "another-uid")]
    public async Task Acquire_OpenedForAnotherObject_LetsNobodyCreate(long generation, string uid)
    {
        var access = await PublishAsync();
        _directory.Open(Key, _account!);
        _account = Account(generation, uid);
        await _directory.PublishAsync(Key, _account, access);

        await using var lease = Acquire();

        Assert.Same(Restriction.NotYet, ClosedOf(lease));
    }

    [Fact]
    public async Task Acquire_AccountIsBeingDeleted_CanBeUsedButNotForCreating()
    {
        _account!.Metadata.DeletionTimestamp = TimeProvider.System.GetUtcNow().UtcDateTime;
        await PublishAsync();
        _directory.Open(Key, _account);

        await using var lease = Acquire();

        Assert.NotNull(lease.Access);
        Assert.Equal(Reasons.AccountTerminating, ClosedOf(lease)!.Reason);
    }

    [Fact]
    public async Task Close_WithAReason_TellsThoseWhoWait()
    {
        await PublishAsync();
        await using var before = Acquire();
        _directory.Await(before, Resource);

        _directory.Close(Key, Reasons.AccountNotReady, "it is missing");

        Assert.Equal([Resource], _woken);
        await using var after = Acquire();
        Assert.Equal(new Restriction(Reasons.AccountNotReady, "it is missing"), ClosedOf(after));
    }

    [Fact]
    public async Task TryClose_WhileACreateMayBeUnderWay_WaitsForItsEnd()
    {
        await PublishAsync();
        _directory.Open(Key, _account!);
        var first = Acquire();
        var second = Acquire();

        Assert.False(_directory.TryClose(Key));

        await using (var late = Acquire())
        {
            Assert.Same(Restriction.NotYet, ClosedOf(late));
        }

        await first.DisposeAsync();
        await first.DisposeAsync();
        Assert.Empty(_rechecked);
        await second.DisposeAsync();
        Assert.Equal([Key], _rechecked);
        Assert.True(_directory.TryClose(Key));
    }

    [Fact]
    public async Task TryClose_NobodyMayCreate_IsDoneAtOnce()
    {
        await PublishAsync();
        await using var closed = Acquire();

        Assert.True(_directory.TryClose(Key));
    }

    [Fact]
    public async Task Acquire_ClusterAccountWhereNamespacesAreNamed_ReportsWhyItIsOutOfSight()
    {
        var directory = new AccountDirectory(_ => null, (_, _) => true, () => [], isClusterWide: false);

        await using var lease = directory.Acquire(Key, Client());

        var view = Assert.IsType<AccountView.Unavailable>(lease.View);
        Assert.Equal(Reasons.AccountNotFound, view.Reason);
        Assert.Contains("watches certain namespaces only (--namespace)", view.Message, StringComparison.Ordinal);
        Assert.Contains("set spec.accountRef to a CartoAccount", view.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Await_AccountIsPublished_WakesOnce()
    {
        await using var seen = Acquire();
        _directory.Await(seen, Resource);
        Assert.Empty(_woken);

        await PublishAsync();
        await PublishAsync();

        Assert.Equal([Resource], _woken);
    }

    [Fact]
    public async Task Await_PublishedSinceTheLook_WakesAtOnce()
    {
        await using var seen = Acquire();
        await PublishAsync();

        _directory.Await(seen, Resource);

        Assert.Equal([Resource], _woken);
    }

    [Fact]
    public async Task Await_SameIsPublishedAgain_DoesNotWake()
    {
        await _directory.PublishAsync(Key, _account!, Reasons.SecretNotFound, "it is missing");
        await using var seen = Acquire();
        _directory.Await(seen, Resource);

        await _directory.PublishAsync(Key, _account!, Reasons.SecretNotFound, "it is missing");
        Assert.Empty(_woken);

        await _directory.PublishAsync(Key, _account!, Reasons.KeyNotFound, "a key is missing");
        Assert.Equal([Resource], _woken);
    }

    [Fact]
    public async Task Await_AccountThatDoesNotExist_WakesWhenItComes()
    {
        var account = _account;
        _account = null;
        await using var seen = Acquire();
        _directory.Await(seen, Resource);

        _account = account;
        await PublishAsync();

        Assert.Equal([Resource], _woken);
    }

    [Fact]
    public async Task Await_AccountGoes_Wakes()
    {
        await PublishAsync();
        await using var seen = Acquire();
        _directory.Await(seen, Resource);

        await _directory.RemoveAsync(Key);

        Assert.Equal([Resource], _woken);
    }

    [Fact]
    public async Task Await_AccountWentAndCameBackSinceTheLook_WakesAtOnce()
    {
        await PublishAsync();
        await using var seen = Acquire();
        await _directory.RemoveAsync(Key);
        await PublishAsync();

        _directory.Await(seen, Resource);

        Assert.Equal([Resource], _woken);
    }

    [Fact]
    public async Task Await_AccountCameAndWentSinceTheLook_WakesAtOnce()
    {
        await using var seen = Acquire();
        await PublishAsync();
        await _directory.RemoveAsync(Key);

        _directory.Await(seen, Resource);

        Assert.Equal([Resource], _woken);
    }

    [Fact]
    public async Task Publish_AnotherAccess_ClosesTheFormerWhenItsLastHolderIsDone()
    {
        await PublishAsync();
        var first = Acquire();
        var second = Acquire();

        await _directory.PublishAsync(Key, _account!, Access(new StubCarto()));
        await first.DisposeAsync();
        Assert.Equal(0, _carto.Closed);

        await second.DisposeAsync();
        Assert.Equal(1, _carto.Closed);
        Assert.False(second.Access!.TryHold());
    }

    [Fact]
    public async Task Publish_AFailure_ClosesTheAccess()
    {
        await PublishAsync();

        await _directory.PublishAsync(Key, _account!, Reasons.Unreachable, "no answer");

        Assert.Equal(1, _carto.Closed);
        Assert.Null(_directory.Find(Key));
    }

    [Fact]
    public async Task Publish_TheSameAccessForAnotherGeneration_KeepsItOpen()
    {
        var access = await PublishAsync();
        _account = Account(generation: 2);

        await _directory.PublishAsync(Key, _account, access);

        await using var lease = Acquire();
        Assert.Same(access, lease.Access);
        Assert.Equal(0, _carto.Closed);
    }

    [Fact]
    public async Task Remove_Connected_ClosesTheAccess()
    {
        await PublishAsync();

        await _directory.RemoveAsync(Key);

        Assert.Equal(1, _carto.Closed);
    }

    [Fact]
    public async Task Lease_DisposedTwice_LetsGoOnce()
    {
        await PublishAsync();
        var lease = Acquire();

        await lease.DisposeAsync();
        await lease.DisposeAsync();

        Assert.Equal(0, _carto.Closed);
    }

    [Fact]
    public async Task Doubt_ByMany_AsksForOneLook()
    {
        await PublishAsync();

        _directory.Doubt(Key);
        _directory.Doubt(Key);

        Assert.Equal([Key], _rechecked);
        Assert.True(_directory.IsDoubted(Key));
    }

    [Fact]
    public async Task Doubt_AfterTheLook_AsksForAnother()
    {
        await PublishAsync();
        _directory.Doubt(Key);

        _directory.ClearDoubt(Key);
        Assert.False(_directory.IsDoubted(Key));
        _directory.Doubt(Key);

        Assert.Equal([Key, Key], _rechecked);
    }

    [Fact]
    public void Doubt_OfAnUnknownAccount_IsNothing()
    {
        _directory.Doubt(Key);

        Assert.Empty(_rechecked);
    }

    private static ClusterCartoAccount Account(long generation, string uid = "uid") =>
        new()
        {
            Metadata = new V1ObjectMeta
            {
                Name = Key.Name,
                Uid = uid,
                Generation = generation,
            },
            Spec = new AccountSpec { ApiBaseUrl = "https://api.example.com" },
        };

    private static M2MOAuthClient Client() =>
        new()
        {
            Metadata = new V1ObjectMeta { NamespaceProperty = Resource.Namespace, Name = Resource.Name },
            Spec = new M2MOAuthClientSpec
            {
                AccountRef = new AccountReference { Kind = Key.Kind, Name = Key.Name },
            },
        };

    private static Restriction? ClosedOf(AccountLease lease) => Assert.IsType<AccountView.Available>(lease.View).CreateDenied;

    private static AccountAccess Access(StubCarto carto) =>
        new(
            carto,
            carto.Info,
            new AccountRecord
            {
                Kind = Key.Kind,
                Name = Key.Name,
                Uid = "uid",
            },
            loginClientId: "login",
            "0a1b2c",
            TimeProvider.System
        );

    private AccountLease Acquire() => Acquire(Client());

    private AccountLease Acquire(M2MOAuthClient resource) => _directory.Acquire(AccountKey.Of(resource), resource);

    /// <summary>Publishes the one access to the account.</summary>
    private async Task<AccountAccess> PublishAsync()
    {
        var access = _directory.Find(Key) ?? Access(_carto);
        await _directory.PublishAsync(Key, _account!, access);
        return access;
    }
}
