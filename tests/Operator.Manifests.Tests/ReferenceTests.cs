using System.Text.Json.Nodes;
using Operator.Manifests.Reference;

namespace Operator.Manifests.Tests;

public sealed class ReferenceTests
{
    [Fact]
    public void Write_Schema_HasATableForEachObject()
    {
        var markdown = new Markdown();

        new SchemaReference(markdown).Write(
            "spec",
            JsonNode
                .Parse(
                    """
                    {
                      "description": "All of it.",
                      "type": "object",
                      "x-kubernetes-validations": [{ "rule": "r", "message": "write 'a | b'", "fieldPath": ".name" }],
                      "required": ["name"],
                      "properties": {
                        "name": { "description": "Its name.", "type": "string", "maxLength": 9, "x-kubernetes-validations": [{ "rule": "r", "message": "write *" }] },
                        "side": { "description": "Its side.", "type": "string", "enum": ["Left", "Right"], "default": "Left" },
                        "size": { "description": "Its size.", "type": "integer", "minimum": 1, "maximum": 5, "default": 3 },
                        "count": { "description": "Its count.", "type": "integer", "minimum": 0 },
                        "since": { "description": "Its age.", "type": "string", "format": "date-time" },
                        "open": { "description": "Its door.", "type": "boolean", "default": false },
                        "labels": { "description": "Its labels.", "type": "object", "maxProperties": 7, "additionalProperties": { "type": "string", "maxLength": 63 } },
                        "names": {
                          "description": "Its names.", "type": "array", "maxItems": 4,
                          "items": { "type": "string", "maxLength": 8, "x-kubernetes-validations": [{ "rule": "r", "message": "write a name" }] }
                        },
                        "parts": {
                          "description": "Its parts.", "type": "array", "maxItems": 2,
                          "items": {
                            "description": "A part.", "type": "object", "x-kubernetes-validations": [{ "rule": "r", "message": "write a part" }],
                            "properties": { "key": { "description": "Its key.", "type": "string", "maxLength": 3 } }
                          }
                        }
                      }
                    }
                    """
                )!
                .AsObject()
        );

        Assert.Equal(
            """
            ### `spec`

            All of it.<br>*Checked:* `name` write 'a \| b'.

            | Field | Type | Default | Meaning |
            | --- | --- | --- | --- |
            | `name` | string, at most 9 characters | required | Its name.<br>*Checked:* write \*. |
            | `side` | `Left` or `Right` | `Left` | Its side. |
            | `size` | integer, 1 to 5 | `3` | Its size. |
            | `count` | integer, at least 0 |  | Its count. |
            | `since` | time |  | Its age. |
            | `open` | boolean | `false` | Its door. |
            | `labels` | map of string, at most 63 characters, at most 7 |  | Its labels. |
            | `names` | list of string, at most 8 characters, at most 4 |  | Its names.<br>*Checked:* write a name. |
            | `parts` | list of object, at most 2 |  | Its parts. |

            ### `spec.parts[]`

            A part.<br>*Checked:* write a part.

            | Field | Type | Default | Meaning |
            | --- | --- | --- | --- |
            | `key` | string, at most 3 characters |  | Its key. |

            """,
            markdown.ToString()
        );
    }

    [Fact]
    public void Write_Reference_NamesEveryKindReasonAndAnnotation()
    {
        var page = ManifestSet.Generate().Single(file => file.Path == "docs/api.md").Content;

        string[] expected =
        [
            "## M2MOAuthClient",
            "## CartoAccount",
            "## ClusterCartoAccount",
            "### `spec.secret.keys`",
            "### `status.retiring[]`",
            "| `spec.clientId` | cannot be changed or removed once set",
            "| `SecretConflict` | A Secret of the wanted name exists",
            "| `credentials.carto.com/abandon` |",
            "| `CARTO_CLIENT_ID` |",
            "| `Stalled` |",
        ];
        Assert.All(expected, text => Assert.Contains(text, page, StringComparison.Ordinal));
    }
}
