using k8s.Models;
using Operator.Access;
using Operator.Carto;
using Operator.Commands.Tools;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Commands;

/// <summary>Compares accounts with the cluster and revokes orphaned clients.</summary>
/// <param name="api">The API server.</param>
/// <param name="accounts">The accounts, listed before the cluster is read: clients in a list were on record by then.</param>
/// <param name="clusterId">The cluster whose marks count, see <see cref="Mark.Cluster"/>.</param>
/// <param name="grace">Younger clients are not revoked.</param>
/// <param name="progress">Shows progress.</param>
/// <param name="time">Clock.</param>
internal sealed class Audit(
    KubernetesApi api,
    AuditedAccounts accounts,
    string clusterId,
    TimeSpan grace,
    Progress progress,
    TimeProvider time
)
{
    private readonly ResourceClient<V1Secret> _secrets = api.For(BuiltIn.Secrets);

    /// <summary>The cluster's records at the time of the comparison.</summary>
    public ClusterRecords Records { get; private set; } = null!;

    /// <summary>Compares without changing anything.</summary>
    public async Task<AuditReport> RunAsync(bool withPairs, CancellationToken cancellationToken)
    {
        Records = await ClusterRecords.ReadAsync(api, cancellationToken);
        List<MissingClient> missing = [];
        List<BrokenPair> pairs = [];
        M2MOAuthClient[] resources =
        [
            .. Records
                .Resources.Where(resource =>
                    resource.Metadata.DeletionTimestamp is null
                    && resource.Record()?.Current is not null
                    && accounts.Find(AccountKey.Of(resource)) is not null
                )
                .OrderBy(resource => ObjectKey.Of(resource).ToString(), StringComparer.Ordinal),
        ];
        var done = 0;
        foreach (var resource in resources)
        {
            var account = accounts.Find(AccountKey.Of(resource))!;
            bool isMissing;
            try
            {
                isMissing = await IsMissingAsync(resource, account, cancellationToken);
            }
            catch (CartoException exception)
            {
                pairs.Add(
                    PairOf(resource) with
                    {
                        IsDecided = false,
                        Detail = $"whether the client exists is unknown: {exception.Error.Message}",
                    }
                );
                continue;
            }

            if (isMissing)
            {
                missing.Add(
                    new MissingClient(ObjectKey.Of(resource).ToString(), resource.Status!.Current!.ClientId, account.Key.ToString())
                );
            }
            else if (withPairs)
            {
                progress.Say($"trying the credentials of {ObjectKey.Of(resource)} ({++done} of {resources.Length})");
                if (await TryPairAsync(resource, account.Carto!, cancellationToken) is { } broken)
                {
                    pairs.Add(broken);
                }
            }
        }

        return new AuditReport(
            clusterId,
            [
                .. accounts.All.Select(account => new AccountLine(
                    account.Key.ToString(),
                    account.Clients?.Count,
                    account.Problem ?? Incomplete(account)
                )),
            ],
            FindStrays(),
            missing,
            pairs,
            []
        );
    }

    /// <summary>
    /// Revokes orphaned clients. Rereads the cluster and the client before each, so that no client adopted since is revoked.
    /// </summary>
    public async Task<AuditReport> RevokeAsync(AuditReport report, CancellationToken cancellationToken)
    {
        List<StrayClient> strays = [];
        foreach (var stray in report.Strays)
        {
            // After an interruption, still report what was done.
            strays.Add(
                stray.State != StrayState.Unowned || cancellationToken.IsCancellationRequested
                    ? stray
                    : await RevokeAsync(stray, cancellationToken)
            );
        }

        return report with
        {
            Strays = cancellationToken.IsCancellationRequested ? strays : await ConfirmAsync(strays, cancellationToken),
        };
    }

    /// <summary>Whatever CARTO responds to a deletion, a later list decides: one per account.</summary>
    private async Task<List<StrayClient>> ConfirmAsync(List<StrayClient> strays, CancellationToken cancellationToken)
    {
        List<StrayClient> confirmed = [.. strays.Where(stray => stray.State != StrayState.Revoked)];
        foreach (var revoked in strays.Where(stray => stray.State == StrayState.Revoked).GroupBy(stray => stray.AccountKey))
        {
            progress.Say($"listing the clients of {revoked.Key} again");
            try
            {
                var (clients, gap) = await PatientlyAsync(
                    () => accounts.Find(revoked.Key)!.Carto!.Clients.ListAsync(cancellationToken),
                    cancellationToken
                );
                var left = clients.Select(client => client.Id).ToHashSet(StringComparer.Ordinal);
                confirmed.AddRange(
                    revoked.Select(stray =>
                        left.Contains(stray.ClientId)
                            ? stray with
                            {
                                State = StrayState.Failed,
                                Detail = "CARTO does not refuse, and lists it all the same; run operator audit again in a while",
                            }
                        : gap is null ? stray
                        : stray with { State = StrayState.Failed, Detail = $"no list confirms that it is gone: {gap}" }
                    )
                );
            }
            catch (Exception exception) when (exception is CartoException or OperationCanceledException)
            {
                var why = exception is CartoException ? exception.Message : "it was interrupted";
                confirmed.AddRange(
                    revoked.Select(stray => stray with { State = StrayState.Failed, Detail = $"no list confirms that it is gone: {why}" })
                );
            }
        }

        return [.. confirmed.OrderBy(stray => stray.Name, StringComparer.Ordinal)];
    }

    private List<StrayClient> FindStrays()
    {
        Dictionary<string, StrayClient> strays = new(StringComparer.Ordinal);
        foreach (var account in accounts.All)
        {
            foreach (var client in account.Clients ?? [])
            {
                // Several accounts may share one CARTO user.
                if (Mark.Read(client.Name) is { } mark && mark.Cluster == clusterId && Records.ResourceOf(client.Id, mark.Owner) is null)
                {
                    strays.TryAdd(client.Id, Judge(client, account.Key, Records));
                }
            }
        }

        return [.. strays.Values.OrderBy(stray => stray.Name, StringComparer.Ordinal)];
    }

    private StrayClient Judge(OAuthClient client, AccountKey account, ClusterRecords records)
    {
        var stray = new StrayClient(client.Id, client.Name!, account.ToString(), client.CreatedAt, StrayState.Unowned, null)
        {
            AccountKey = account,
        };
        var age = client.CreatedAt is { } created ? time.GetUtcNow() - created : TimeSpan.Zero;
        return records.SecretOf(client.Id) is { } secret
                ? stray with
                {
                    State = StrayState.Held,
                    Detail = $"the Secret {secret} claims to hold its credentials",
                }
            : accounts.LoginOf(client.Id) is { } login ? stray with { State = StrayState.Held, Detail = $"{login} logs in with it" }
            : age < grace
                ? stray with
                {
                    State = StrayState.Young,
                    Detail = client.CreatedAt is null ? "CARTO does not say when it was created" : "younger than --grace",
                }
            : stray;
    }

    private async Task<StrayClient> RevokeAsync(StrayClient stray, CancellationToken cancellationToken)
    {
        var carto = accounts.Find(stray.AccountKey)!.Carto!;
        try
        {
            progress.Say($"revoking {stray.ClientId}");
            if (await carto.Clients.GetAsync(stray.ClientId, cancellationToken) is not { } client)
            {
                return stray with { State = StrayState.Revoked, Detail = "it was revoked elsewhere meanwhile" };
            }

            if (client.Name is { } name && name != stray.Name)
            {
                return stray with { State = StrayState.Held, Detail = $"it was renamed meanwhile, to {name}" };
            }

            var records = await ClusterRecords.ReadAsync(api, cancellationToken);
            if (records.ResourceOf(stray.ClientId, Mark.Read(stray.Name)!.Value.Owner) is { } resource)
            {
                return stray with { State = StrayState.Held, Detail = $"{resource} has it by now" };
            }

            var now = Judge(client with { Name = stray.Name, CreatedAt = client.CreatedAt ?? stray.CreatedAt }, stray.AccountKey, records);
            if (now.State != StrayState.Unowned)
            {
                return now;
            }

            // Not cancellable: the outcome would be unknown.
            await carto.Clients.DeleteAsync(stray.ClientId, CancellationToken.None);
            return stray with { State = StrayState.Revoked };
        }
        catch (CartoException exception) when (exception.Error.Kind == CartoErrorKind.NotFound)
        {
            return stray with { State = StrayState.Revoked, Detail = "it was revoked elsewhere meanwhile" };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return stray;
        }
        catch (Exception exception)
            when (exception is CartoException or KubernetesApiException or HttpRequestException or IOException or TimeoutException)
        {
            return stray with
            {
                State = StrayState.Failed,
                Detail = exception is KubernetesApiException refusal ? Cluster.Describe(refusal) : exception.Message,
            };
        }
    }

    private async Task<bool> IsMissingAsync(M2MOAuthClient resource, AuditedAccount account, CancellationToken cancellationToken)
    {
        var current = resource.Status!.Current!;
        return !account.Clients!.Any(client => client.Id == current.ClientId)
            && !(time.GetUtcNow() - current.CreatedAt < ClientListing.Lag)
            && Proves(account)
            && await PatientlyAsync(() => account.Carto!.Clients.GetAsync(current.ClientId, cancellationToken), cancellationToken) is null
            && (await api.For(Kinds.Clients).GetAsync(ObjectKey.Of(resource), cancellationToken))?.Record()?.Current?.ClientId
                == current.ClientId;
    }

    private static string? Incomplete(AuditedAccount account) =>
        account.Gap is null ? null : $"CARTO's list of clients could not be read fully: {account.Gap}";

    private static bool Proves(AuditedAccount account) =>
        Incomplete(account) is { } gap ? throw new CartoException(new CartoError(CartoErrorKind.Transient, CartoStage.Api, gap)) : true;

    /// <summary>What is wrong with a resource's Secret; null if nothing, or if it is just changing.</summary>
    private async Task<BrokenPair?> TryPairAsync(M2MOAuthClient resource, ICartoApi carto, CancellationToken cancellationToken)
    {
        var key = new ObjectKey(resource.Metadata.NamespaceProperty, CredentialsSecrets.NameOf(resource));
        var broken = PairOf(resource);
        var secret = await _secrets.GetAsync(key, cancellationToken);
        if (secret is null)
        {
            return broken with { Detail = "the Secret does not exist" };
        }

        if (CredentialsSecrets.PairIn(secret, resource, resource.Status!.Current) is not { } pair)
        {
            return broken with { Detail = "the Secret holds no credentials of this resource" };
        }

        try
        {
            await PatientlyAsync(
                async () =>
                {
                    await carto.VerifyAsync(pair.ClientId, pair.ClientSecret, cancellationToken);
                    return true;
                },
                cancellationToken
            );
            return null;
        }
        catch (CartoException exception) when (exception.Error.Kind == CartoErrorKind.Unauthorized)
        {
            var now = await _secrets.GetAsync(key, cancellationToken);
            return now?.Metadata.ResourceVersion == secret.Metadata.ResourceVersion
                ? broken with
                {
                    ClientId = pair.ClientId,
                    Detail = exception.Error.Message,
                }
                : null;
        }
        catch (CartoException exception)
        {
            return broken with
            {
                ClientId = pair.ClientId,
                IsDecided = false,
                Detail = $"it cannot be determined: {exception.Error.Message}",
            };
        }
    }

    private static BrokenPair PairOf(M2MOAuthClient resource) =>
        new(
            ObjectKey.Of(resource).ToString(),
            new ObjectKey(resource.Metadata.NamespaceProperty, CredentialsSecrets.NameOf(resource)).ToString(),
            resource.Status!.Current!.ClientId,
            IsDecided: true,
            ""
        );

    /// <summary>Makes a call, retrying when CARTO throttles: there may be thousands.</summary>
    private async Task<T> PatientlyAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        const int most = 5;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (CartoException exception)
                when (exception.Error is { Kind: CartoErrorKind.Throttled, RetryAfter: { } wait } && attempt < most)
            {
                progress.Say($"CARTO asks to wait for {wait.TotalSeconds:0} s");
                await Task.Delay(wait, time, cancellationToken);
            }
        }
    }
}
