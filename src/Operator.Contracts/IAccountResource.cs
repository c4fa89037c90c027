using k8s;
using k8s.Models;

namespace Operator.Contracts;

/// <summary>What both kinds of account have in common.</summary>
public interface IAccountResource : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>How to reach CARTO, and as whom.</summary>
    AccountSpec Spec { get; }

    /// <summary>What the operator last saw of the account; null before the first look.</summary>
    AccountStatus? Status { get; }
}
