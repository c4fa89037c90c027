using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Tests;

/// <summary>What the API server answers when an admission webhook says no. The server of the tests has no webhooks.</summary>
internal static class WebhookDenial
{
    public const string Name = "guard.example.com";

    public const string Words = "finalizers are not welcome here";

    public static HttpResponseMessage Answer() =>
        new(HttpStatusCode.Forbidden)
        {
            Content = new StringContent(
                new JsonObject
                {
                    ["kind"] = "Status",
                    ["apiVersion"] = "v1",
                    ["metadata"] = new JsonObject(),
                    ["status"] = "Failure",
                    ["message"] = $"admission webhook \"{Name}\" denied the request: {Words}",
                    ["reason"] = "Forbidden",
                    ["code"] = 403,
                }.ToJsonString()
            ),
        };
}
