using System.Globalization;
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

    // How long a new client may be unknown where tokens are issued: behind CARTO, a creation is several calls.
    private static readonly TimeSpan TokenLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(16);

    private OAuthClient? _created;
    private bool _isRevoked;

    /// <summary>Unique, so that the client can be found again.</summary>
    public string Name { get; private set; } = $"carto-operator check {RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    /// <summary>Its ID; null before its creation.</summary>
    public string? Id => _created?.Id;

    /// <summary>What became of obtaining a token with it, for people.</summary>
    public string? TokenStory { get; private set; }

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

    /// <summary>Looks for it again. Returns a sentence if something is odd about that; null if it is found both ways.</summary>
    public async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        var isFound = await carto.Clients.GetAsync(Id!, cancellationToken) is not null;
        var (clients, gap) = await carto.Clients.ListAsync(cancellationToken);
        return !isFound ? "CARTO does not find the client that it just created, asked for it alone."
            : clients.All(client => client.Id != Id)
                ? $"The list does not show the client that was just created.{(gap is null ? "" : $" {gap}")}"
            : null;
    }

    /// <summary>Obtains a token with its credentials, which may take a while to be known. Returns how long it took.</summary>
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
        var start = time.GetTimestamp();
        var pause = TimeSpan.FromSeconds(1);
        List<string> refusals = [];
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await carto.VerifyAsync(_created.Id, secret, cancellationToken);
                TokenStory = attempt == 1 ? "at once" : $"after {Elapsed()}, at attempt {attempt}; before: {string.Join(", ", refusals)}";
                return attempt == 1 ? "a token was obtained with it" : $"a token was obtained with it after {Elapsed()}";
            }
            catch (CartoException exception) when (IsNotYet(exception.Error))
            {
                refusals = [.. refusals.Append(exception.Error.Kind.ToString()).Distinct()];
                if (time.GetElapsedTime(start) + pause > TokenLimit)
                {
                    TokenStory = $"not within {Elapsed()}: {string.Join(", ", refusals)}";
                    throw;
                }

                progress.Say($"no token yet, trying again in {pause.TotalSeconds:0} s: {exception.Error.Message}");
                await Task.Delay(pause, time, cancellationToken);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }

        string Elapsed() => string.Create(CultureInfo.InvariantCulture, $"{time.GetElapsedTime(start).TotalSeconds:0.0} s");
    }

    /// <summary>Renames it. Returns what CARTO calls it afterwards; null if it does not tell.</summary>
    public async Task<string?> RenameAsync(CancellationToken cancellationToken)
    {
        var name = $"{Name} renamed";
        await carto.Clients.RenameAsync(Id!, name, cancellationToken);
        Name = name;
        return (await carto.Clients.GetAsync(Id!, cancellationToken))?.Name;
    }

    /// <summary>Asks for it after its revocation. Returns what the operator makes of the answer.</summary>
    public async Task<string> AskForMissingAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await carto.Clients.GetAsync(Id!, cancellationToken) is null ? "missing" : "still there";
        }
        catch (CartoException exception)
        {
            return exception.Error.Kind.ToString();
        }
    }

    // Right after a creation, a refusal means that the client is not known yet.
    private static bool IsNotYet(CartoError error) =>
        error is { Stage: CartoStage.Token, Kind: CartoErrorKind.Unauthorized or CartoErrorKind.Forbidden or CartoErrorKind.Throttled };

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
