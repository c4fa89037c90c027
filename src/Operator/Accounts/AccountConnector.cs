using Operator.Access;
using Operator.Carto;
using Operator.Contracts;

namespace Operator.Accounts;

/// <summary>Determines whether an account works: connects if that is unknown or in doubt.</summary>
/// <param name="hosts">Hosts it may reach.</param>
/// <param name="settings">Reads connection settings.</param>
/// <param name="connections">Keeps connections.</param>
/// <param name="directory">What was published about the account, and whether a resource doubts it.</param>
/// <param name="cluster">The cluster whose marks count, see <see cref="Mark.Cluster"/>.</param>
/// <param name="time">Clock.</param>
internal sealed class AccountConnector(
    HostPolicy hosts,
    AccountSettings settings,
    AccountConnections connections,
    AccountDirectory directory,
    string cluster,
    TimeProvider time
)
{
    /// <summary>How often a working account is rechecked: this reads its Secret and makes no CARTO calls.</summary>
    public static readonly TimeSpan ReadInterval = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a response of CARTO overrides doubts by resources. If calls fail for reasons of their own, each doubts the account, and
    /// probing each time would use up the rate limit.
    /// </summary>
    public static readonly TimeSpan AnswerStands = TimeSpan.FromSeconds(30);

    /// <summary>Probes an account. Neither publishes nor reports the finding.</summary>
    public async Task<AccountFinding> ProbeAsync(AccountKey key, IAccountResource account, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = AccountAddresses.Of(account.Spec);
            hosts.Check(key, addresses);
            var options = await settings.ReadAsync(account, addresses, cancellationToken);
            directory.Claim(key, AccountOwners.LoginOf(options.Credentials, userId: null));
            var connection = await connections.GetAsync(key, options);
            var access = IsGood(connection, key, account)
                ? connection.Access!
                : await ConnectAsync(connection, key, account, cancellationToken);
            if (AccountOwners.Refusal(account, access.Info) is { } problem)
            {
                return await RefuseAsync(access, key, problem);
            }

            return new AccountFinding.Connected(access, RequeueAfter(connection, key));
        }
        catch (AccountException exception)
        {
            return new AccountFinding.Broken(exception.Problem);
        }
        catch (CartoException exception)
        {
            return new AccountFinding.Broken(CartoProblems.Of(exception.Error, AccountSource.Credentials(account)));
        }
    }

    /// <summary>Releases an account that is gone.</summary>
    public ValueTask ForgetAsync(AccountKey key) => connections.CloseAsync(key);

    private bool IsGood(AccountConnection connection, AccountKey key, IAccountResource account) =>
        connection.Access is { } access
        && access == directory.Find(key)
        && access.Record.Uid == account.Metadata.Uid
        && connection.Request == RequestOf(account)
        && !(connection.EndsAt <= time.GetUtcNow())
        && !(directory.IsDoubted(key) && time.GetUtcNow() - connection.ConnectedAt >= AnswerStands);

    private async Task<AccountAccess> ConnectAsync(
        AccountConnection connection,
        AccountKey key,
        IAccountResource account,
        CancellationToken cancellationToken
    )
    {
        // Cleared before the probe: a doubt raised during it must survive.
        directory.ClearDoubt(key);
        return await connection.ConnectAsync(
            info => RecordOf(key, account, info),
            cluster,
            RequestOf(account),
            directory.Find(key),
            cancellationToken
        );
    }

    /// <summary>An access that was never published must be released here.</summary>
    private async Task<AccountFinding> RefuseAsync(AccountAccess access, AccountKey key, AccountProblem problem)
    {
        if (access != directory.Find(key))
        {
            await access.ReleaseAsync();
        }

        return new AccountFinding.Broken(problem);
    }

    private TimeSpan RequeueAfter(AccountConnection connection, AccountKey key)
    {
        var now = time.GetUtcNow();
        var next = now + ReadInterval;
        next = connection.EndsAt < next ? connection.EndsAt.Value : next;
        next = directory.IsDoubted(key) && connection.ConnectedAt + AnswerStands < next ? connection.ConnectedAt + AnswerStands : next;
        return next > now ? next - now : TimeSpan.Zero;
    }

    private static AccountRecord RecordOf(AccountKey key, IAccountResource account, CartoApiInfo info)
    {
        var owner = AccountOwners.Next(account.Status?.Owner, info);
        return new AccountRecord
        {
            Kind = key.Kind,
            Name = key.Name,
            Uid = account.Metadata.Uid,
            UserId = owner?.UserId,
            AccountId = owner?.AccountId,
        };
    }

    private static string? RequestOf(IAccountResource account) => account.Annotation(WireNames.Annotations.ReconcileRequestedAt);
}
