using Operator.Carto;
using Operator.Runtime;

namespace Operator.Secrets;

/// <summary>The API server will not have the credentials Secret: a rule of its type, a quota, an admission webhook, a missing right.</summary>
internal sealed class SecretRefusedException(KubernetesApiException refusal, Sensitive clientSecret)
    : Exception(Scrub(refusal.Message, clientSecret.Reveal()))
{
    // A webhook may quote what it was given. Neither message nor inner exception may carry that on.
    private static string Scrub(string message, string secret) => message
        .Replace(secret, "***", StringComparison.Ordinal)
        .Replace(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(secret)), "***", StringComparison.Ordinal);
}
