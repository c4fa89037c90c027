using Operator.Carto;
using Operator.Runtime;

namespace Operator.Secrets;

/// <summary>
/// The API server rejected the credentials Secret: validation of its type, a quota, an admission webhook, or missing permissions.
/// </summary>
/// <param name="refusal">The API server's error.</param>
/// <param name="isImmutable">The Secret is immutable.</param>
/// <param name="clientSecret">The secret to scrub from messages; null if it was not sent.</param>
internal sealed class SecretRefusedException(KubernetesApiException refusal, bool isImmutable, Sensitive? clientSecret)
    : Exception((clientSecret is null ? refusal.Message : Scrub(refusal.Message, clientSecret.Reveal())) + (isImmutable ? WayOut : ""))
{
    private const string WayOut = "; the Secret is immutable: which cannot be undone: delete it, and the operator writes it again";

    // A webhook may quote its input, which neither message nor inner exception may expose.
    private static string Scrub(string message, string secret) =>
        message
            .Replace(secret, "***", StringComparison.Ordinal)
            .Replace(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(secret)), "***", StringComparison.Ordinal);
}
