using System.Security.Cryptography;
using Operator.Access;
using Operator.Accounts;
using Operator.Carto;
using Operator.Commands.Tools;

namespace Operator.Commands;

/// <summary>
/// A client created to test that it works, and always revoked: even if its creation failed but may have taken effect, or if the command is
/// interrupted. Its name has no mark, so no operator claims it.
/// </summary>
internal sealed class ProbeClient(ICartoApi carto, Progress progress, TimeProvider time)
{
    private static readonly TimeSpan RevokeLimit = TimeSpan.FromMinutes(1);

    // A list may lag behind a create.
    private static readonly TimeSpan[] Retries = [TimeSpan.Zero, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(8)];

    private OAuthClient? _created;
    private bool _isRevoked;

    /// <summary>Unique, so that the client can be found again.</summary>
    public string Name { get; } = $"carto-operator check {RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    /// <summary>A create was sent that may have had an effect.</summary>
    public bool MayExist { get; private set; }

    /// <summary>Creates it. Returns its ID.</summary>
    /// <exception cref="CartoException">It was not created, or that is unknown.</exception>
    public async Task<string> CreateAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        progress.Say($"creating a client named \"{Name}\", and revoking it right after");
        MayExist = true;
        try
        {
            // Not cancellable: its ID would be lost.
            _created = await carto.Clients.CreateAsync(Name, CancellationToken.None);
            return _created.Id;
        }
        catch (CartoException exception) when (!exception.Error.MayHaveTakenEffect)
        {
            MayExist = false;
            throw;
        }
    }

    /// <summary>Obtains a token with its credentials.</summary>
    public async Task<string> VerifyAsync(CancellationToken cancellationToken)
    {
        var secret = _created!.Secret
            ?? throw new CartoException(
                new CartoError(
                    CartoErrorKind.Rejected,
                    CartoStage.Api,
                    "CARTO does not show the secret of a client that it creates, so no Secret can be written of it."
                )
            );
        await carto.VerifyAsync(_created.Id, secret, cancellationToken);
        return "a token was obtained with it";
    }

    /// <summary>What became of it, if it appears to be gone.</summary>
    public string Fate => _isRevoked ? "revoked again" : "no list shows it: its creation had no effect";

    /// <summary>Revokes it if it may exist. Returns why it may still exist; null if it is gone.</summary>
    public async Task<AccountProblem?> RevokeAsync()
    {
        using var limit = new CancellationTokenSource(RevokeLimit, time);
        AccountProblem? problem = null;
        foreach (var pause in Retries)
        {
            try
            {
                await Task.Delay(pause, time, limit.Token);
                if ((_created?.Id ?? await FindAsync(limit.Token)) is { } id)
                {
                    if (await IsDeletedAsync(id, limit.Token))
                    {
                        _isRevoked = true;
                        return null;
                    }

                    problem = AccountProblem.ForNow(
                        Contracts.Reasons.CartoUnavailable,
                        $"The probe {id} could not be revoked: CARTO does not refuse, and lists it all the same.",
                        retryAfter: null
                    );
                    continue;
                }

                problem = null;
            }
            catch (CartoException exception)
            {
                var cause = CartoProblems.Of(exception.Error, "");
                problem = cause with { Message = $"The probe {_created?.Id ?? Name} could not be revoked: {exception.Error.Message}" };
            }
            catch (OperationCanceledException)
            {
                return problem
                    ?? AccountProblem.ForNow(
                        Contracts.Reasons.Unreachable,
                        $"The probe {_created?.Id ?? Name} could not be revoked: CARTO did not answer in time.",
                        retryAfter: null
                    );
            }
        }

        // Not in any list: the failed create had no effect.
        return problem;
    }

    /// <summary>Deletes it. Whatever CARTO responds, a later list decides whether it is gone.</summary>
    private async Task<bool> IsDeletedAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            await carto.Clients.DeleteAsync(id, cancellationToken);
        }
        catch (CartoException exception) when (exception.Error.Kind == CartoErrorKind.NotFound)
        {
            // A hint as well.
        }

        var (clients, gap) = await carto.Clients.ListAsync(cancellationToken);
        return !clients.Any(client => client.Id == id) && (gap is null ? true : throw Incomplete(gap));
    }

    private static CartoException Incomplete(string gap) =>
        new(new CartoError(CartoErrorKind.Transient, CartoStage.Api, $"the list of clients could not be read fully: {gap}"));

    private async Task<string?> FindAsync(CancellationToken cancellationToken) =>
        (await carto.Clients.ListAsync(cancellationToken)) is var list
        && list.Clients.FirstOrDefault(client => client.Name == Name) is { } found
            ? found.Id
        : list.Gap is null ? null
        : throw Incomplete(list.Gap);
}
