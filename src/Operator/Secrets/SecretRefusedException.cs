using Operator.Carto;
using Operator.Runtime;

namespace Operator.Secrets;

/// <summary>The API server will not have the credentials Secret: a rule of its type, a quota, an admission webhook, a missing right.</summary>
/// <param name="refusal">What the API server answered.</param>
/// <param name="isImmutable">The Secret says that it may not be changed.</param>
/// <param name="clientSecret">What must not be quoted; null: it was not sent.</param>
internal sealed class SecretRefusedException(KubernetesApiException refusal, bool isImmutable, Sensitive? clientSecret)
    : Exception((clientSecret is null ? refusal.Message : Scrub(refusal.Message, clientSecret.Reveal())) + (isImmutable ? WayOut : ""))
{
    private const string WayOut = "; the Secret is immutable: delete it, and it is written again, or make it mutable";


    // A webhook may quote what it was given. Neither message nor inner exception may carry that on.
    private static string Scrub(string message, string secret) => message
        .Replace(secret, "***", StringComparison.Ordinal)
        .Replace(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(secret)), "***", StringComparison.Ordinal);
}
