using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Secrets;
using Operator.Workloads;

namespace Operator.Clients;

/// <summary>Executes the steps of the plan; <see cref="ObservationTransitions"/> applies their outcomes to the observation.</summary>
/// <param name="carto">Steps in CARTO.</param>
/// <param name="secrets">Steps on Secrets.</param>
/// <param name="finalizers">Writes finalizers.</param>
/// <param name="status">Records an intent before it is acted on.</param>
/// <param name="restarter">Restarts workloads that use the credentials.</param>
/// <param name="events">Publishes events.</param>
/// <param name="time">Clock.</param>
internal sealed class StepExecutor(
    CartoSteps carto,
    SecretSteps secrets,
    Finalizers<M2MOAuthClient> finalizers,
    StatusWriter<M2MOAuthClient, M2MOAuthClientStatus> status,
    WorkloadRestarter restarter,
    EventRecorder events,
    TimeProvider time
)
{
    /// <summary>Executes one step.</summary>
    /// <exception cref="CartoException">CARTO refused or failed.</exception>
    /// <exception cref="KubernetesApiException">The API server refused or failed.</exception>
    /// <exception cref="SecretRefusedException">The API server rejected the Secret.</exception>
    /// <exception cref="SecretRenderException">The Secret cannot be rendered.</exception>
    public async Task ExecuteAsync(Step step, ClientWork work, CancellationToken cancellationToken)
    {
        await (
            step switch
            {
                Step.AddFinalizer => AddFinalizerAsync(work, cancellationToken),
                Step.ReadSecret => secrets.ReadAsync(work, cancellationToken),
                Step.FindByMark(var account) => carto.FindByMarkAsync(work, account, cancellationToken),
                Step.RebuildRecord => Do(() =>
                    work.Seen = work.Seen.WithRecordFromLists(AccountKey.Wanted(work.Resource), time.GetUtcNow())
                ),
                Step.Forget forget => Do(() => Forget(work, forget)),
                Step.Retire(var clientId) => Do(() => Retire(work, clientId)),
                Step.ReadBack(var clientId) => carto.ReadBackAsync(work, clientId, cancellationToken),
                Step.ReadReferencedSecret(var clientId) => secrets.ReadReferencedAsync(work, clientId, cancellationToken),
                Step.ConfirmMissing missing => carto.ConfirmMissingAsync(work, missing, cancellationToken),
                Step.RecordPending pending => RecordPendingAsync(work, pending, cancellationToken),
                Step.DryRunSecret => secrets.DryRunAsync(work, cancellationToken),
                Step.Create(var serial) => carto.CreateAsync(work, serial, cancellationToken),
                Step.WriteSecret => secrets.WriteAsync(work, cancellationToken),
                Step.Verify => CartoSteps.VerifyAsync(work, cancellationToken),
                Step.VerifyUnlisted => CartoSteps.VerifyUnlistedAsync(work, cancellationToken),
                Step.Rename(var clientId, var serial) => carto.RenameAsync(work, clientId, serial, cancellationToken),
                Step.RestartWorkloads(var clientId) => RestartWorkloadsAsync(work, clientId, cancellationToken),
                Step.Revoke(var clientId) => CartoSteps.RevokeAsync(work, clientId, cancellationToken),
                Step.ReleaseSecret => secrets.ReleaseAsync(work, cancellationToken),
                Step.RemoveFinalizer => RemoveFinalizerAsync(work, cancellationToken),
                _ => throw new ArgumentOutOfRangeException(nameof(step), step, "This step cannot be carried out."),
            }
        );
        work.Memory.Keep(work.Seen.CreatedPair);
    }

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    private async Task AddFinalizerAsync(ClientWork work, CancellationToken cancellationToken)
    {
        // A resource whose finalizer was removed may still have a client, but then there is a trace of it.
        var isNew = !HasTrace(work);
        // The patch requires the observed version, so it fails if another operator acted meanwhile. It also records the account: the spec
        // could be changed to another one before the status shows where a client may be.
        var account = new Dictionary<string, string>
        {
            [WireNames.Annotations.Account] = AccountKey.Annotate(work.Access.Record, work.Resource),
        };
        work.Resource = await finalizers.AddAsync(work.Resource, WireNames.Finalizer, account, cancellationToken);
        work.Seen = work.Seen.WithFinalizer(isNew);
        if (isNew)
        {
            work.Memory.NoneOutstanding();
            work.Memory.IsNew = true;
        }
    }

    /// <summary>
    /// Whether there is evidence that the resource had our finalizer before: its annotation, any status, or its own Secret.
    /// </summary>
    private static bool HasTrace(ClientWork work) =>
        work.Resource.Metadata.Annotations?.ContainsKey(WireNames.Annotations.Account) == true
        || work.Resource.Status
            is { ResourceUid: not null }
                or { Current: not null }
                or { Pending: not null }
                or { ClientId: not null }
                or { Retiring: not null }
        || work.Seen.Secret is SecretView.Ours;

    private void Forget(ClientWork work, Step.Forget step)
    {
        work.Seen = work.Seen.Forgotten(step.ClientId);
        if (step.IsForeign)
        {
            events.Record(
                work.Resource,
                EventType.Warning,
                Reasons.ClientNotMarked,
                "Revoke",
                $"The client {step.ClientId} was on record and does not bear the mark of this resource in CARTO: it was not revoked"
            );
        }
    }

    private void Retire(ClientWork work, string clientId)
    {
        work.Seen = work.Seen.WithRetiring(clientId, time.GetUtcNow());
        events.Record(
            work.Resource,
            EventType.Normal,
            Reasons.Recovered,
            "Retire",
            $"Found the client {clientId} of this resource in CARTO, which no record had: it is revoked when an overlap is over"
        );
    }

    private async Task RecordPendingAsync(ClientWork work, Step.RecordPending step, CancellationToken cancellationToken)
    {
        var next = work.Seen.WithIntent(step, work.Resource.Metadata.Uid, time.GetUtcNow());
        work.Resource = await status.WriteAsync(work.Resource, next.Status, cancellationToken);
        work.Memory.NoneOutstanding();
        work.Seen = next;
    }

    private async Task RestartWorkloadsAsync(ClientWork work, string clientId, CancellationToken cancellationToken)
    {
        var (progress, problem) = await restarter.RestartAsync(work.Resource, clientId, work.Seen.Status.Restarts, cancellationToken);
        work.Seen = work.Seen.WithRestarts(clientId, progress, problem);
    }

    private async Task RemoveFinalizerAsync(ClientWork work, CancellationToken cancellationToken)
    {
        if (work.Seen.Status.Current is { } left)
        {
            events.Record(
                work.Resource,
                EventType.Normal,
                Reasons.Retained,
                "Retain",
                $"Left the client {left.ClientId} in CARTO, as the resource specifies"
            );
        }

        var resource = work.Resource;
        work.Resource = await finalizers.RemoveAsync(resource, WireNames.Finalizer, cancellationToken)
            ?? resource with
            {
                Metadata = resource.Metadata with { Finalizers = null },
            };
        work.Memory.Released = true;
    }
}
