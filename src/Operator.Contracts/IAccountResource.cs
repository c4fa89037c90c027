using k8s;
using k8s.Models;

namespace Operator.Contracts;

/// <summary>What both kinds of account have in common.</summary>
public interface IAccountResource : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>CARTO endpoints and credentials.</summary>
    AccountSpec Spec { get; }

    /// <summary>The last observed state of the account; null before the first reconcile.</summary>
    AccountStatus? Status { get; }
}
