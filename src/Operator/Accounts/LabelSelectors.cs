using k8s.Models;

namespace Operator.Accounts;

/// <summary>Matches label selectors as Kubernetes does.</summary>
internal static class LabelSelectors
{
    /// <summary>Whether a selector has no requirements.</summary>
    public static bool IsEmpty(V1LabelSelector? selector) =>
        selector is null or { MatchLabels: null or { Count: 0 }, MatchExpressions: null or { Count: 0 } };

    /// <summary>Whether the labels meet all of the selector's requirements.</summary>
    public static bool Matches(V1LabelSelector selector, IDictionary<string, string> labels) =>
        (selector.MatchLabels ?? new Dictionary<string, string>()).All(wanted => Has(labels, wanted.Key, [wanted.Value]))
        && (selector.MatchExpressions ?? []).All(requirement => Meets(requirement, labels));

    private static bool Meets(V1LabelSelectorRequirement requirement, IDictionary<string, string> labels) =>
        requirement.OperatorProperty switch
        {
            "In" => Has(labels, requirement.Key, requirement.Values),
            "NotIn" => !Has(labels, requirement.Key, requirement.Values),
            "Exists" => labels.ContainsKey(requirement.Key),
            "DoesNotExist" => !labels.ContainsKey(requirement.Key),

            // The API server accepts no other operator; an unknown one selects nothing.
            _ => false,
        };

    private static bool Has(IDictionary<string, string> labels, string key, IList<string>? values) =>
        labels.TryGetValue(key, out var value) && values?.Contains(value) == true;
}
