using Operator.Contracts;

namespace Operator;

/// <summary>What happens to a client when its resource is deleted.</summary>
internal static class EffectivePolicy
{
    /// <summary>Whether client and Secret outlive the resource: adopted ones do, unless the resource overrides it.</summary>
    public static bool IsRetained(this M2MOAuthClient resource) =>
        (resource.Spec.DeletionPolicy ?? (resource.Spec.ClientId is null ? DeletionPolicy.Delete : DeletionPolicy.Retain))
        == DeletionPolicy.Retain;
}
