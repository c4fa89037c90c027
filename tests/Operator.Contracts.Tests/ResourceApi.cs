using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using Operator.TestKit;

namespace Operator.Contracts.Tests;

/// <summary>Our kinds on a real API server, as plain JSON: what the C# types make of it is not of interest here.</summary>
internal sealed class ResourceApi(KubernetesServer server)
{
    private static readonly Dictionary<string, string> Plurals = new()
    {
        [M2MOAuthClient.KubeKind] = M2MOAuthClient.Plural,
        [CartoAccount.KubeKind] = CartoAccount.Plural,
        [ClusterCartoAccount.KubeKind] = ClusterCartoAccount.Plural,
    };

    /// <summary>Whether the server would accept an object; nothing is stored.</summary>
    public Task<Answer> TryCreateAsync(JsonObject resource, string @namespace, CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Post,
            Path(resource, @namespace) + "?fieldValidation=Strict&dryRun=All",
            resource,
            "application/json",
            cancellationToken
        );

    public async Task<JsonObject> CreateAsync(JsonObject resource, string @namespace, CancellationToken cancellationToken) =>
        (
            await SendAsync(
                HttpMethod.Post,
                Path(resource, @namespace) + "?fieldValidation=Strict",
                resource,
                "application/json",
                cancellationToken
            )
        ).EnsureSuccess();

    /// <summary>Merges a patch into an object, or into its status with the subresource <c>status</c>.</summary>
    public Task<Answer> PatchAsync(
        JsonObject resource,
        string @namespace,
        JsonObject patch,
        CancellationToken cancellationToken,
        string? subresource = null
    )
    {
        var path = $"{Path(resource, @namespace)}/{resource["metadata"]!["name"]}{(subresource is null ? "" : "/")}{subresource}";
        return SendAsync(HttpMethod.Patch, path + "?fieldValidation=Strict", patch, "application/merge-patch+json", cancellationToken);
    }

    public async Task DeleteAsync(JsonObject resource, string @namespace, CancellationToken cancellationToken) =>
        (
            await SendAsync(
                HttpMethod.Delete,
                $"{Path(resource, @namespace)}/{resource["metadata"]!["name"]}",
                body: null,
                "application/json",
                cancellationToken
            )
        ).EnsureSuccess();

    public async Task<JsonObject> GetDefinitionAsync(string plural, CancellationToken cancellationToken)
    {
        var path = $"apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.{WireNames.Group}";
        return (await SendAsync(HttpMethod.Get, path, body: null, "application/json", cancellationToken)).EnsureSuccess();
    }

    private static string Path(JsonObject resource, string @namespace)
    {
        var kind = (string)resource["kind"]!;
        var scope = kind == ClusterCartoAccount.KubeKind ? "" : $"namespaces/{@namespace}/";
        return $"apis/{WireNames.ApiVersion}/{scope}{Plurals[kind]}";
    }

    private async Task<Answer> SendAsync(
        HttpMethod method,
        string path,
        JsonObject? body,
        string mediaType,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, new Uri(server.BaseAddress, path));
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue(mediaType));
        }

        var client = (Kubernetes)server.Client;
        if (client.Credentials is not null)
        {
            await client.Credentials.ProcessHttpRequestAsync(request, cancellationToken);
        }

        using var response = await client.HttpClient.SendAsync(request, cancellationToken);
        return new Answer(response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!.AsObject());
    }
}

/// <summary>What the server said.</summary>
internal sealed record Answer(HttpStatusCode Code, JsonObject Body)
{
    public string Message => (string?)Body["message"] ?? "";

    /// <summary>What was wrong, field by field; without the hint, on no field, that rules wait until types and lengths are right.</summary>
    public IReadOnlyList<Cause> Causes =>
        [
            .. (Body["details"]?["causes"]?.AsArray() ?? [])
                .Select(cause => new Cause((string)cause!["field"]!, (string)cause["message"]!))
                .Where(cause => cause.Field != "<nil>"),
        ];

    public JsonObject EnsureSuccess() =>
        Code is HttpStatusCode.OK or HttpStatusCode.Created ? Body : throw new InvalidOperationException(Message);
}

internal sealed record Cause(string Field, string Message);
