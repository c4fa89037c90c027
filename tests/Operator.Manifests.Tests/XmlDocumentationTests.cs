using System.Xml.Linq;
using Operator.Manifests.Schemas;

namespace Operator.Manifests.Tests;

public sealed class XmlDocumentationTests
{
    private static readonly XmlDocumentation Documentation = new(
        XDocument.Parse(
            """
            <doc><members>
              <member name="T:Operator.Manifests.Tests.XmlDocumentationTests.Sample"><summary>
                A sample,
                on two lines.
              </summary></member>
              <member name="P:Operator.Manifests.Tests.XmlDocumentationTests.Sample.Name">
                <summary>Of <see cref="T:Operator.Manifests.Tests.XmlDocumentationTests"/> or <see langword="null"/>, as <c>spec.name</c>.</summary>
                <remarks>For developers.</remarks>
              </member>
              <member name="P:Operator.Manifests.Tests.XmlDocumentationTests.Sample.Inherited"><inheritdoc/></member>
            </members></doc>
            """
        )
    );

    [Fact]
    public void OfType_Summary_IsOneLine() => Assert.Equal("A sample, on two lines.", Documentation.OfType(typeof(Sample)));

    [Fact]
    public void OfProperty_Markup_IsPlainText() =>
        Assert.Equal(
            "Of XmlDocumentationTests or null, as spec.name.",
            Documentation.OfProperty(typeof(Sample).GetProperty(nameof(Sample.Name))!)
        );

    [Theory]
    [InlineData(nameof(Sample.Inherited))]
    [InlineData(nameof(Sample.Silent))]
    public void OfProperty_WithoutSummary_IsNull(string property) =>
        Assert.Null(Documentation.OfProperty(typeof(Sample).GetProperty(property)!));

    internal sealed class Sample
    {
        public string? Name { get; init; }

        public string? Inherited { get; init; }

        public string? Silent { get; init; }
    }
}
