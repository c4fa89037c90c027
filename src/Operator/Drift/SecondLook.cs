using Operator.Carto;
using Operator.Clients;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Drift;

/// <summary>Tries a client that was not listed twice, before another takes its place.</summary>
/// <param name="events">Tells people that a client is gone.</param>
internal sealed class SecondLook(EventRecorder events)
{
    /// <summary>
    /// Asks CARTO whether the pair still obtains a token: a list that is cut short, or shown to another user, must not cost anybody a client
    /// that works.
    /// </summary>
    /// <exception cref="CartoException">It cannot be told.</exception>
    public async Task ConfirmAsync(ClientWork work, Step.ConfirmMissing step, CancellationToken cancellationToken)
    {
        var presence = step.TryPair && await WorksAsync(work, step.ClientId, cancellationToken) ? Presence.OutOfSight
            : Presence.Gone;
        work.Seen = work.Seen with { Presence = presence };
        if (presence == Presence.Gone)
        {
            work.Memory.GoneClient = step.ClientId;
            work.Seen = work.Seen with { VerifiedClients = work.Seen.VerifiedClients.Remove(step.ClientId) };
            events.Record(
                work.Resource,
                EventType.Warning,
                Reasons.ClientMissing,
                "Compare",
                $"The client {step.ClientId} is gone from CARTO: another takes its place, and the Secret changes");
        }
    }

    private static async Task<bool> WorksAsync(ClientWork work, string clientId, CancellationToken cancellationToken)
    {
        if (work.Seen.Pair is not { } pair || pair.ClientId != clientId)
        {
            return false;
        }

        try
        {
            await work.Access.Carto.VerifyAsync(pair.ClientId, pair.ClientSecret, cancellationToken);
            return true;
        }
        catch (CartoException exception) when (exception.Error.Kind == CartoErrorKind.Unauthorized)
        {
            return false;
        }
    }
}
