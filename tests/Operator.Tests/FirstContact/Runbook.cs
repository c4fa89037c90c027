using System.Text.RegularExpressions;
using Operator.TestKit;

namespace Operator.Tests.FirstContact;

/// <summary>The table of docs/operations.md about accounts.</summary>
internal static partial class Runbook
{
    private static readonly string Rows = Table().Match(File.ReadAllText(Repository.PathOf("docs", "operations.md"))).Value;

    /// <summary>Asserts that it says of a reason what happened and what to do.</summary>
    public static void AssertHas(string reason) => Assert.Matches($@"(?m)^\| `{reason}` \| [^|]+ \| [^|]+ \|", Rows);

    [GeneratedRegex(@"### On a CartoAccount.*?(?=\n#)", RegexOptions.Singleline)]
    private static partial Regex Table();
}
