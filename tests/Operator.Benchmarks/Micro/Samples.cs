using System.Globalization;
using System.Text;
using k8s;
using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Benchmarks.Micro;

/// <summary>Objects as an API server writes them for a settled resource that was made with <c>kubectl apply</c>.</summary>
internal static class Samples
{
    /// <summary>A connection that is never used: what is measured makes no calls.</summary>
    private static readonly KubernetesApi Api = new(new KubernetesClientConfiguration { Host = "http://127.0.0.1:9" });

    public static ResourceClient<M2MOAuthClient> Clients { get; } = Api.For(Kinds.Clients);

    public static ResourceClient<MetadataOf<V1Secret>> Secrets { get; } = Api.For(BuiltIn.SecretMetadata);

    /// <summary>An empty queue.</summary>
    public static WorkQueue<ObjectKey> Queue { get; } = new(TimeProvider.System);

    /// <summary>A resource in JSON.</summary>
    public static byte[] ClientJson(int number) => Encoding.UTF8.GetBytes(ClientText(number));

    /// <summary>The metadata of its Secret in JSON.</summary>
    public static byte[] SecretJson(int number) =>
        Encoding.UTF8.GetBytes(
            $$$"""
            {"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"{{{Name(number)}}}","namespace":"{{{Namespace(
                number
            )}}}","uid":"{{{Uid(number, 2)}}}",
            "resourceVersion":"{{{Version(
                number
            )}}}","creationTimestamp":"2026-11-01T10:00:00Z","labels":{"{{{WireNames.Labels.ManagedBy}}}":"{{{WireNames.Manager}}}"},
            "annotations":{"{{{WireNames.Annotations.ClientId}}}":"{{{ClientId(
                number
            )}}}","{{{WireNames.Annotations.ClientSecretKey}}}":"{{{WireNames.SecretKeys.ClientSecret}}}",
            "{{{WireNames.Annotations.RenderedFrom}}}":"0123456789abcdef0123456789abcdef","{{{WireNames.Annotations.ResourceUid}}}":"{{{Uid(
                number,
                1
            )}}}","{{{WireNames.Annotations.Serial}}}":"1"},
            "ownerReferences":[{"apiVersion":"{{{WireNames.ApiVersion}}}","kind":"M2MOAuthClient","name":"{{{Name(number)}}}","uid":"{{{Uid(
                number,
                1
            )}}}","controller":true,"blockOwnerDeletion":true}],
            "managedFields":[{{{ManagedFields(
                "Update",
                "v1",
                "\"f:data\":{\".\":{},\"f:CARTO_API_BASE_URL\":{},\"f:CARTO_AUDIENCE\":{},\"f:CARTO_CLIENT_ID\":{},\"f:CARTO_CLIENT_SECRET\":{},\"f:CARTO_TOKEN_URL\":{}},\"f:type\":{}"
            )}}}]} }
            """
        );

    /// <summary>A page of a list.</summary>
    public static byte[] ClientListJson(int count) =>
        Encoding.UTF8.GetBytes(
            $$"""{"apiVersion":"{{WireNames.ApiVersion}}","kind":"M2MOAuthClientList","metadata":{"resourceVersion":"5000000"},"items":[{{string.Join(',', Enumerable.Range(0, count).Select(ClientText))}}]}"""
        );

    /// <summary>A resource as it is kept.</summary>
    public static M2MOAuthClient Client(int number) => Clients.Decode(ClientJson(number));

    private static string ClientText(int number) =>
        $$$"""
            {"apiVersion":"{{{WireNames.ApiVersion}}}","kind":"M2MOAuthClient","metadata":{"name":"{{{Name(
                number
            )}}}","namespace":"{{{Namespace(number)}}}","uid":"{{{Uid(number, 1)}}}",
            "resourceVersion":"{{{Version(
                number
            )}}}","generation":1,"creationTimestamp":"2026-11-01T10:00:00Z","finalizers":["{{{WireNames.Finalizer}}}"],
            "annotations":{"{{{WireNames.Annotations.Account}}}":"ClusterCartoAccount/default/{{{Uid(number % 20, 3)}}}/{{{Uid(
                number,
                1
            )}}}",
            "kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"{{{WireNames.ApiVersion}}}\",\"kind\":\"M2MOAuthClient\",\"metadata\":{\"annotations\":{},\"name\":\"{{{Name(
                number
            )}}}\"}}\n"},
            "managedFields":[{{{ManagedFields(
                "Update",
                WireNames.ApiVersion,
                "\"f:metadata\":{\"f:annotations\":{\".\":{},\"f:kubectl.kubernetes.io/last-applied-configuration\":{}}},\"f:spec\":{\".\":{},\"f:displayName\":{}}"
            )}}},
            {{{ManagedFields(
                "Update",
                WireNames.ApiVersion,
                "\"f:status\":{\".\":{},\"f:account\":{\".\":{},\"f:kind\":{},\"f:name\":{},\"f:uid\":{}},\"f:clientId\":{},\"f:conditions\":{},\"f:current\":{\".\":{},\"f:clientId\":{},\"f:createdAt\":{},\"f:serial\":{}},\"f:displayName\":{},\"f:observedGeneration\":{},\"f:secretName\":{}}"
            )}}}]},
            "spec":{"accountRef":{"kind":"ClusterCartoAccount","name":"default"},"deletionPolicy":"Delete","displayName":"Service {{{number}}}","suspend":false,"verify":true},
            "status":{"account":{"kind":"ClusterCartoAccount","name":"default","uid":"{{{Uid(number % 20, 3)}}}"},"clientId":"{{{ClientId(
                number
            )}}}",
            "conditions":[{{{Condition("Ready", "Available", "the Secret holds working credentials")}}},
            {{{Condition("Synced", "Available", "CARTO and the Secret are as the resource specifies")}}},
            {{{Condition("CredentialsVerified", "TokenObtained", "a token was obtained with the credentials")}}}],
            "current":{"clientId":"{{{ClientId(
                number
            )}}}","createdAt":"2026-11-01T10:00:01Z","serial":1},"displayName":"Service {{{number}}} [k8s:a1b2c3:{{{number:x12}}}-1]",
            "observedGeneration":1,"resourceUid":"{{{Uid(number, 1)}}}","secretName":"{{{Name(
                number
            )}}}","secretResourceVersion":"{{{Version(number)}}}"} }
            """;

    private static string ManagedFields(string operation, string version, string fields) =>
        $$$"""{"apiVersion":"{{{version}}}","fieldsType":"FieldsV1","fieldsV1":{{{{fields}}}},"manager":"carto-operator","operation":"{{{operation}}}","time":"2026-11-01T10:00:01Z"}""";

    private static string Condition(string type, string reason, string message) =>
        $$"""{"lastTransitionTime":"2026-11-01T10:00:01Z","message":"{{message}}","observedGeneration":1,"reason":"{{reason}}","status":"True","type":"{{type}}"}""";

    private static string Name(int number) => $"service-{number:000000}";

    private static string Namespace(int number) => $"team-{number % 100:000}";

    private static string ClientId(int number) => string.Create(CultureInfo.InvariantCulture, $"gUoDZtdVDZhrBRSJmTuD0TIj{number:00000000}");

    private static string Version(int number) => (1_000_000 + number).ToString(CultureInfo.InvariantCulture);

    private static string Uid(int number, int kind) => $"{kind:x8}-0000-4000-8000-{number:x12}";
}
