using System.Text.Json.Nodes;
using Operator.Manifests.Distribution;

namespace Operator.Manifests.Tests;

public sealed class ChartTests
{
    [Fact]
    public void Read_GroupsAndValues_GivesEachItsPathDefaultAndComment() =>
        Assert.Equal(
            [
                new("replicas", "1", "How many run. One of them works."),
                new("image.tag", "\"\"", "Which version."),
                new("limits", "{\"memory\": \"96Mi\", \"drop\": [\"ALL\"]}", "As a pod has them."),
            ],
            ChartValues.Read(
                """
                # How many run.
                # One of them works.
                replicas: 1

                image:
                  # Which version.
                  tag: ""

                # As a pod has them.
                limits:
                  memory: 96Mi
                  drop: [ALL]
                """
            )
        );

    [Fact]
    public void Read_ValueWithoutAComment_SaysWhichAndWhere()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => ChartValues.Read("# One.\na: 1\n\nb: 2\n"));

        Assert.Equal("values.yaml: write a comment above b, line 4", failure.Message);
    }

    [Fact]
    public void Describe_ASchema_BearsTheCommentsAndNoOlderOnes()
    {
        var schema = ChartSchema.Describe(Schema, [new ChartValue("image.tag", "1", "New.")]);

        var field = JsonNode.Parse(schema)!["properties"]!["image"]!["properties"]!["tag"]!;
        Assert.Equal(("New.", "string"), ((string?)field["description"], (string?)field["type"]));
    }

    [Fact]
    public void Describe_ValueWithoutASchema_SaysWhich()
    {
        ChartValue[] values = [new("image.tag", "1", "New."), new("image.digest", "1", "More.")];

        var failure = Assert.Throws<InvalidOperationException>(() => ChartSchema.Describe(Schema, values));

        Assert.Equal("values.schema.json: image.digest is missing", failure.Message);
    }

    [Fact]
    public void Describe_SchemaWithoutAValue_SaysWhich()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => ChartSchema.Describe(Schema, []));

        Assert.Equal("values.schema.json: there is no value image.tag", failure.Message);
    }

    private const string Schema = """
        {"properties": {"image": {"properties": {"tag": {"description": "Old.", "type": "string"}}}, "global": {}}}
        """;
}
