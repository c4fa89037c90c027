using System.Text.Json;
using Operator.Carto.Records;

namespace Operator.Carto.Tests.Records;

public sealed class ShapeTests
{
    private static readonly TextMask Mask = new(["Payroll"]);

    [Theory]
    [InlineData(
        """{"a":"x","b":1,"c":true,"d":null,"e":[]}""",
        """{"a":"string","b":"number","c":"boolean","d":"null","e":{"$array":0}}"""
    )]
    [InlineData("""[{"id":"x"},{"id":"y"}]""", """{"$array":2,"$of":{"id":"string"}}""")]
    [InlineData("""{"clients":{"gUoDZtdVDZhrBRSJ":{"secret":"x"}}}""", """{"clients":{"***":{"secret":"string"}}}""")]
    [InlineData("""{"sales":{"id":"x","t":1},"acquisitions":{"id":"y","t":2}}""", """{"$map":2,"$of":{"id":"string","t":"number"}}""")]
    [InlineData("""{"Payroll":1}""", """{"***":"number"}""")]
    [InlineData("""{"error":"no such client"}""", """{"error":"string"}""")]
    public void Of_AnAnswer_HoldsTypesOnly(string json, string shape) => Assert.Equal(shape, Of(json, isError: false));

    [Theory]
    [InlineData(
        """{"error":{"message":"Payroll is gone","code":404,"id":"x"}}""",
        """{"error":{"message":"string: *** is gone","code":"number: 404","id":"string"}}"""
    )]
    [InlineData("""{"errors":["too many"],"count":7}""", """{"errors":{"$array":1,"$of":"string: too many"},"count":"number"}""")]
    public void Of_AnError_KeepsWhatItSays(string json, string shape) => Assert.Equal(shape, Of(json, isError: true));

    [Theory]
    [InlineData("""{"a":"x","b":1,"c":true,"d":null}""", """{"a":"text","b":1,"c":true,"d":null}""")]
    [InlineData("""[{"id":"x"},{"id":"y"},{"id":"z"}]""", """[{"id":"text"},{"id":"text"}]""")]
    [InlineData("[]", "[]")]
    public void Example_OfAShape_HasThatShape(string json, string example) =>
        Assert.Equal(example, Shape.Example(JsonDocument.Parse(Of(json, isError: false)).RootElement)?.ToJsonString());

    [Fact]
    public void Of_WhatIsDeep_Ends() =>
        Assert.Contains("array", Of(new string('[', 60) + new string(']', 60), isError: false), StringComparison.Ordinal);

    private static string Of(string json, bool isError) => Shape.Of(JsonDocument.Parse(json).RootElement, Mask, isError).ToJsonString();
}
