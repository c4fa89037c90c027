using Operator.Contracts;
using Operator.Runtime;

namespace Operator;

/// <summary>Definitions of our kinds.</summary>
internal static class Kinds
{
    public static ResourceDefinition<M2MOAuthClient> Clients { get; } =
        new(
            WireNames.Group,
            WireNames.Version,
            M2MOAuthClient.Plural,
            M2MOAuthClient.KubeKind,
            Namespaced: true,
            ContractsJsonContext.Default.M2MOAuthClient
        );

    public static ResourceDefinition<CartoAccount> Accounts { get; } =
        new(
            WireNames.Group,
            WireNames.Version,
            CartoAccount.Plural,
            CartoAccount.KubeKind,
            Namespaced: true,
            ContractsJsonContext.Default.CartoAccount
        );

    public static ResourceDefinition<ClusterCartoAccount> ClusterAccounts { get; } =
        new(
            WireNames.Group,
            WireNames.Version,
            ClusterCartoAccount.Plural,
            ClusterCartoAccount.KubeKind,
            Namespaced: false,
            ContractsJsonContext.Default.ClusterCartoAccount
        );
}
