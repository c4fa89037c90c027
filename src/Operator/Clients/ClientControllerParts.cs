using k8s.Models;
using Microsoft.Extensions.Logging;
using Operator.Access;
using Operator.Contracts;
using Operator.Drift;
using Operator.Runtime;
using Operator.Secrets;
using Operator.Workloads;

namespace Operator.Clients;

/// <summary>Dependencies of the client reconciler, wired the same way in the operator and in tests.</summary>
internal sealed record ClientControllerParts
{
    public required KubernetesApi Api { get; init; }

    public required Informer<M2MOAuthClient> Resources { get; init; }

    public required Informer<MetadataOf<V1Secret>> SecretMetadata { get; init; }

    public required AccountDirectory Accounts { get; init; }

    public required ClientClaims Claims { get; init; }

    public required StatusChanges Changes { get; init; }

    public required LostResources Lost { get; init; }

    public required DriftFindings Drift { get; init; }

    public required EventRecorder Events { get; init; }

    public required ClientOptions Options { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger<ClientReconciler> Logger { get; init; }

    /// <summary>Creates the reconciler.</summary>
    public ClientReconciler CreateReconciler()
    {
        var resources = Api.For(Kinds.Clients);
        var status = new StatusWriter<M2MOAuthClient, M2MOAuthClientStatus>(
            resources,
            Resources,
            resource => resource.Status,
            ContractsJsonContext.Default.M2MOAuthClientStatus
        );
        var secrets = new CredentialsSecrets(Api.For(BuiltIn.Secrets), SecretMetadata);
        var memories = new ClientMemories(Time);
        return new ClientReconciler(
            Resources,
            new ClientObserver(Accounts, secrets, Changes, Claims, Drift, Options, Time),
            memories,
            Lost,
            Changes,
            Drift,
            new StepExecutor(
                new CartoSteps(Events, Time),
                new SecretSteps(secrets, resources, Events, Time),
                new Finalizers<M2MOAuthClient>(resources, Resources),
                status,
                new WorkloadRestarter(Api, Events),
                Events,
                Time
            ),
            new ClientReporter(status, Accounts, memories, Changes, Events, Time),
            Time,
            Logger
        );
    }
}
