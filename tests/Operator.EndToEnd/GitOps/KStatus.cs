using System.Text.Json.Nodes;

namespace Operator.EndToEnd.GitOps;

/// <summary>
/// What kstatus, and with it Flux, makes of an object of a kind that it does not know: its published rules, in their order. An object that
/// says nothing of itself is Current.
/// </summary>
internal static class KStatus
{
    public static string Of(JsonNode found)
    {
        var metadata = found["metadata"]!;
        if (metadata["deletionTimestamp"] is not null)
        {
            return "Terminating";
        }

        if (found["status"]?["observedGeneration"] is { } observed && (long)observed != (long)metadata["generation"]!)
        {
            return "InProgress";
        }

        return (StatusOf(found, "Reconciling"), StatusOf(found, "Stalled"), StatusOf(found, "Ready")) switch
        {
            ("True", _, _) => "InProgress",
            (_, "True", _) => "Failed",
            (_, _, "False" or "Unknown") => "InProgress",
            _ => "Current",
        };
    }

    private static string? StatusOf(JsonNode found, string type) => (string?)Team.Condition(found, type)?["status"];
}
