using k8s.Models;
using Operator.Accounts;
using Operator.Contracts;

namespace Operator.Tests.Accounts;

public sealed class NamespaceAllowanceTests
{
    private readonly NamespaceAllowance _allowance = new(name =>
        name switch
        {
            "team-a" => new Dictionary<string, string> { ["team"] = "a", ["stage"] = "prod" },
            "bare" => new Dictionary<string, string>(),
            _ => null,
        }
    );

    [Fact]
    public void Allows_NothingSaid_IsAll()
    {
        Assert.True(_allowance.Allows(null, "anything"));
        Assert.True(_allowance.Allows(new AllowedNamespaces(), "anything"));
        Assert.True(_allowance.Allows(new AllowedNamespaces { Names = [], Selector = new V1LabelSelector() }, "anything"));
    }

    [Fact]
    public void Allows_Names_AreThoseOnly()
    {
        var allowed = new AllowedNamespaces { Names = ["team-a", "team-b"] };

        Assert.True(_allowance.Allows(allowed, "team-b"));
        Assert.False(_allowance.Allows(allowed, "bare"));
    }

    [Fact]
    public void Allows_NamesAndAnEmptySelector_AreTheNamesOnly() =>
        Assert.False(_allowance.Allows(new AllowedNamespaces { Names = ["team-b"], Selector = new V1LabelSelector() }, "team-a"));

    [Fact]
    public void Allows_NamesAndASelector_AreBoth()
    {
        var allowed = new AllowedNamespaces { Names = ["bare"], Selector = Labels(("team", "a")) };

        Assert.True(_allowance.Allows(allowed, "bare"));
        Assert.True(_allowance.Allows(allowed, "team-a"));
        Assert.False(_allowance.Allows(allowed, "other"));
    }

    [Fact]
    public void Allows_ASelectorAndANamespaceThatIsNotKnown_IsNo() =>
        Assert.False(_allowance.Allows(new AllowedNamespaces { Selector = Expression("team", "DoesNotExist") }, "unknown"));

    [Theory]
    [InlineData("team-a", true)]
    [InlineData("bare", false)]
    public void Allows_MatchLabels_AllMustMatch(string @namespace, bool expected)
    {
        Assert.Equal(
            expected,
            _allowance.Allows(new AllowedNamespaces { Selector = Labels(("team", "a"), ("stage", "prod")) }, @namespace)
        );
        Assert.False(_allowance.Allows(new AllowedNamespaces { Selector = Labels(("team", "a"), ("stage", "test")) }, @namespace));
    }

    [Theory]
    [InlineData("In", "a", true, false)]
    [InlineData("In", "b", false, false)]
    [InlineData("NotIn", "a", false, true)]
    [InlineData("NotIn", "b", true, true)]
    [InlineData("Exists", null, true, false)]
    [InlineData("DoesNotExist", null, false, true)]
    [InlineData("Somehow", "a", false, false)]
    public void Allows_MatchExpressions_AreAsInKubernetes(string @operator, string? value, bool teamA, bool bare)
    {
        var allowed = new AllowedNamespaces { Selector = Expression("team", @operator, value is null ? null : [value, "x"]) };

        Assert.Equal((teamA, bare), (_allowance.Allows(allowed, "team-a"), _allowance.Allows(allowed, "bare")));
    }

    [Fact]
    public void Allows_LabelsAndExpressions_AllMustMatch()
    {
        var selector = Labels(("team", "a"));
        selector.MatchExpressions = Expression("stage", "In", ["test"]).MatchExpressions;

        Assert.False(_allowance.Allows(new AllowedNamespaces { Selector = selector }, "team-a"));
    }

    private static V1LabelSelector Labels(params (string Key, string Value)[] labels) =>
        new() { MatchLabels = labels.ToDictionary(label => label.Key, label => label.Value) };

    private static V1LabelSelector Expression(string key, string @operator, IList<string>? values = null) =>
        new()
        {
            MatchExpressions =
            [
                new V1LabelSelectorRequirement
                {
                    Key = key,
                    OperatorProperty = @operator,
                    Values = values,
                },
            ],
        };
}
