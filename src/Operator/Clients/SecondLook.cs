using Operator.Contracts;
using Operator.Drift;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>Tries a client that was not listed twice, before another takes its place.</summary>
/// <param name="events">Tells people that a client is gone.</param>
internal sealed class SecondLook(EventRecorder events)
{
    /// <summary>
    /// Asks CARTO whether the pair still obtains a token: a list that is cut short, or shown to another user, must not cost anybody a client
    /// that works.
    /// </summary>
    /// <exception cref="Operator.Carto.CartoException">It cannot be told.</exception>
    public async Task ConfirmAsync(ClientWork work, Step.ConfirmMissing step, CancellationToken cancellationToken)
    {
        var presence = step.TryPair && work.Seen.Pair is { } pair && pair.ClientId == step.ClientId && await work.WorksAsync(pair, cancellationToken)
            ? Presence.OutOfSight
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
}
