using Operator.Contracts;

namespace Operator;

/// <summary>What becomes of a client when its resource is deleted.</summary>
internal static class EffectivePolicy
{
    /// <summary>Whether client and Secret outlive the resource: what was there before it does, unless the resource says otherwise.</summary>
    public static bool IsRetained(this M2MOAuthClient resource) =>
        (resource.Spec.DeletionPolicy ?? (resource.Spec.ClientId is null ? DeletionPolicy.Delete : DeletionPolicy.Retain)) == DeletionPolicy.Retain;
}
