using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Accounts;

/// <summary>Whether an account allows a namespace. Uses the current labels: callers must check again when they change.</summary>
/// <param name="labelsOf">Labels of a namespace; null if it does not exist or is not known yet.</param>
internal sealed class NamespaceAllowance(Func<string, IDictionary<string, string>?> labelsOf)
{
    private static readonly Dictionary<string, string> None = [];

    /// <summary>Reads labels from a store.</summary>
    public NamespaceAllowance(Store<MetadataOf<V1Namespace>> namespaces)
        : this(name => namespaces.TryGet(new ObjectKey(null, name), out var found) ? found.Metadata.Labels ?? None : null) { }

    /// <summary>
    /// True if the namespace is named or selected, or if nothing is specified. An empty selector counts as unspecified: next to names it
    /// does not open the account to all.
    /// </summary>
    public bool Allows(AllowedNamespaces? allowed, string @namespace)
    {
        var saysNames = allowed?.Names is { Count: > 0 };
        var saysSelector = !LabelSelectors.IsEmpty(allowed?.Selector);
        return (!saysNames && !saysSelector)
            || (saysNames && allowed!.Names!.Contains(@namespace))
            || (saysSelector && labelsOf(@namespace) is { } labels && LabelSelectors.Matches(allowed!.Selector!, labels));
    }
}
