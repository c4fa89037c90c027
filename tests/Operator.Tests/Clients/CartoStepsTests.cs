using k8s;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using Operator.Access;
using Operator.Carto;
using Operator.Clients;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Tests.Clients;

/// <summary>Each call of a step, whatever CARTO answers: what is asked of it, and what is remembered.</summary>
public sealed class CartoStepsTests : IDisposable
{
    private const string Client = "client";

    private static readonly AccountKey Home = new(AccountKind.ClusterCartoAccount, Namespace: null, "default");
    private static readonly CartoApiInfo Info = new("ana", "ac_1", "MCP", "carto", [], CanRename: true, TokenExpiresAt: null, []);

    private readonly Mock<ICartoClients> _clients = new(MockBehavior.Strict);
    private readonly Mock<ICartoApi> _carto = new(MockBehavior.Strict);
    private readonly KubernetesApi _api = new(new KubernetesClientConfiguration { Host = "http://127.0.0.1:1" });
    private readonly CartoSteps _steps;
    private readonly ClientWork _work;

    public CartoStepsTests()
    {
        _carto.SetupGet(carto => carto.Clients).Returns(_clients.Object);
        var record = new AccountRecord { Kind = Home.Kind, Name = Home.Name };
        var access = new AccountAccess(_carto.Object, Info, record, loginClientId: null, "0a1b2c", TimeProvider.System);
        var view = new AccountView.Available(record, CanRename: true) { Key = Home };
        var events = new EventRecorder(
            _api,
            new EventRecorderOptions { ReportingController = "test", ReportingInstance = "test" },
            TimeProvider.System,
            NullLogger<EventRecorder>.Instance
        );
        _steps = new CartoSteps(events, TimeProvider.System);
        _work = new ClientWork([new AccountLease(Home, view, access, Version: 1)], new ClientMemory("uid", TimeProvider.System))
        {
            Resource = new M2MOAuthClient
            {
                Metadata = new()
                {
                    Name = "etl",
                    NamespaceProperty = "team",
                    Uid = "uid",
                },
            },
        };
        _work.Memory.NoneOutstanding();
        _work.Seen = new Observation
        {
            Status = new M2MOAuthClientStatus(),
            Name = new ClientName("0a1b2c", "uid", "etl", 255),
            Account = view,
            Secret = new SecretView.Absent(),
            NoCreateOutstanding = true,
        };
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Create_Fails_IsForgottenOnlyWhereItSurelyHadNoEffect(bool mayHaveTakenEffect)
    {
        _clients
            .Setup(clients => clients.CreateAsync(_work.Seen.Name.For(1), Cancel))
            .ThrowsAsync(Failure(CartoErrorKind.Transient, mayHaveTakenEffect));

        await Assert.ThrowsAsync<CartoException>(() => _steps.CreateAsync(_work, serial: 1, Cancel));

        Assert.Equal(!mayHaveTakenEffect, _work.Memory.NoCreateOutstanding);
        Assert.False(_work.Seen.HasCreated);
    }

    [Fact]
    public async Task Create_WithoutASecret_IsFoundAgainByItsMark()
    {
        _clients
            .Setup(clients => clients.CreateAsync(It.IsAny<string>(), Cancel))
            .ReturnsAsync(new OAuthClient(Client, null, Secret: null, null));

        await _steps.CreateAsync(_work, serial: 1, Cancel);

        Assert.Equal(Client, _work.Memory.CreatedWithoutSecret);
        Assert.False(_work.Seen.NoCreateOutstanding);
        Assert.Null(_work.Seen.Pair);
        Assert.Contains(Client, _work.Seen.Proven);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _steps.CreateAsync(_work, serial: 2, Cancel));
        _clients.Verify(clients => clients.CreateAsync(It.IsAny<string>(), Cancel), Times.Once);
    }

    [Theory]
    [InlineData(CartoErrorKind.NotFound)]
    [InlineData(CartoErrorKind.Rejected)]
    [InlineData(null)]
    public async Task Revoke_WhateverCartoAnswers_ALaterListDecides(CartoErrorKind? refusal)
    {
        var call = _clients.Setup(clients => clients.DeleteAsync(Client, Cancel));
        _ = refusal is { } kind ? call.ThrowsAsync(Failure(kind)) : call.Returns(Task.CompletedTask);
        var before = _work.Memory.ActedAt;

        await CartoSteps.RevokeAsync(_work, Client, Cancel);

        Assert.Equal(refusal, Assert.Contains(Client, _work.Seen.Revoking)?.Kind);
        Assert.Same(_work.Seen.Revoking, _work.Memory.Revoking);
        Assert.True(_work.Memory.ActedAt > before);
        Assert.DoesNotContain(Client, _work.Seen.Gone);
    }

    [Fact]
    public async Task ReadBack_OfAClientThatCartoDoesNotKnow_IsNoProofThatItIsGone()
    {
        _clients.Setup(clients => clients.GetAsync(Client, Cancel)).ReturnsAsync((OAuthClient?)null);

        await _steps.ReadBackAsync(_work, Client, Cancel);

        Assert.Equal(CartoErrorKind.NotFound, _work.Seen.Refused[Client].Kind);
        Assert.Contains(Client, _work.Seen.Unreadable);
        Assert.DoesNotContain(Client, _work.Seen.Gone);
    }

    [Fact]
    public async Task Verify_SecretThatCartoShowedLaterIsRefused_IsDropped()
    {
        var pair = new Pair(Client, 1, new Sensitive("shown"), Name: null, CreatedAt: null, PairOrigin.ReadBack);
        _work.Seen = _work.Seen with { Pair = pair };
        _carto.Setup(carto => carto.VerifyAsync(Client, pair.ClientSecret, Cancel)).ThrowsAsync(Failure(CartoErrorKind.Unauthorized));

        await CartoSteps.VerifyAsync(_work, Cancel);

        Assert.Null(_work.Seen.Pair);
        Assert.Contains(Client, _work.Seen.Unreadable);
        Assert.NotNull(_work.Seen.Refusal);
    }

    [Fact]
    public async Task Verify_CartoOutOfReach_ProvesNothing()
    {
        var pair = new Pair(Client, 1, new Sensitive("created"), Name: null, CreatedAt: null, PairOrigin.Created);
        _work.Seen = _work.Seen with { Pair = pair };
        _carto.Setup(carto => carto.VerifyAsync(Client, pair.ClientSecret, Cancel)).ThrowsAsync(Failure(CartoErrorKind.Transient));

        await Assert.ThrowsAsync<CartoException>(() => CartoSteps.VerifyAsync(_work, Cancel));

        Assert.Same(pair, _work.Seen.Pair);
        Assert.Null(_work.Seen.Refusal);
    }

    [Fact]
    public async Task Rename_RefusedForThisClient_LeavesTheRecordedName()
    {
        _work.Seen = _work.Seen with { Status = new M2MOAuthClientStatus { DisplayName = "before" } };
        _clients
            .Setup(clients => clients.RenameAsync(Client, _work.Seen.Name.For(1), Cancel))
            .ThrowsAsync(Failure(CartoErrorKind.NotFound));

        await _steps.RenameAsync(_work, Client, serial: 1, Cancel);

        Assert.Equal("before", _work.Seen.Status.DisplayName);
        Assert.Equal(CartoErrorKind.NotFound, _work.Seen.Refused[Client].Kind);
    }

    public void Dispose() => _api.Dispose();

    private static CartoException Failure(CartoErrorKind kind, bool mayHaveTakenEffect = false) =>
        new(new CartoError(kind, CartoStage.Api, "refused", MayHaveTakenEffect: mayHaveTakenEffect));
}
