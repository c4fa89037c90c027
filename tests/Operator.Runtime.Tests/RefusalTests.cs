using System.Net;

namespace Operator.Runtime.Tests;

/// <summary>Who refused a call, in the words in which the API server tells it.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData(
        400,
        "BadRequest",
        """admission webhook "validate.kyverno.svc-fail" denied the request: label team is missing""",
        "the admission webhook validate.kyverno.svc-fail"
    )]
    [InlineData(
        403,
        "Forbidden",
        """admission webhook "validation.gatekeeper.sh" denied the request without explanation""",
        "the admission webhook validation.gatekeeper.sh"
    )]
    [InlineData(
        403,
        "Forbidden",
        """admission webhook "w.example.com" denied the request: secrets "a" is forbidden: User "me" cannot patch resource "secrets" in API group "" in the namespace "n" """,
        "the admission webhook w.example.com"
    )]
    [InlineData(
        422,
        "Invalid",
        """secrets "login" is forbidden: ValidatingAdmissionPolicy 'no-finalizers' with binding 'everywhere' denied request: failed expression: ...""",
        "the ValidatingAdmissionPolicy no-finalizers"
    )]
    [InlineData(
        403,
        "Forbidden",
        """secrets "etl" is forbidden: exceeded quota: objects, requested: secrets=1, used: secrets=5, limited: secrets=5""",
        "the ResourceQuota objects"
    )]
    [InlineData(
        403,
        "Forbidden",
        """secrets "etl" is forbidden: unable to create new content in namespace team because it is being terminated""",
        "an admission plugin of the cluster"
    )]
    [InlineData(
        403,
        "Forbidden",
        """secrets "login" is forbidden: User "system:serviceaccount:a:b" cannot patch resource "secrets" in API group "" in the namespace "team" """,
        null
    )]
    [InlineData(403, "Forbidden", """forbidden: User "system:anonymous" cannot get path "/version" """, null)]
    [InlineData(403, null, "patch secrets team/login was answered with 403.", null)]
    [InlineData(409, "Conflict", """Operation cannot be fulfilled on secrets "login": the object has been modified""", null)]
    [InlineData(422, "Invalid", """Secret "login" is invalid: data[tls.crt]: Required value""", null)]
    public void Refuser_OfEachKindOfRefusal_IsNamed(int code, string? reason, string message, string? refuser) =>
        Assert.Equal(
            refuser,
            new KubernetesApiException((HttpStatusCode)code, reason, $"patch secrets team/login: {message}", null).Refuser
        );
}
