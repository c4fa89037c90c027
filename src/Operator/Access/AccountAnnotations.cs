using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Access;

/// <summary>Requests made by annotation on an account.</summary>
internal static class AccountAnnotations
{
    /// <summary>The value of an annotation; null if the account does not have it.</summary>
    public static string? Annotation(this IAccountResource account, string name) => account.Metadata.Annotations.Find(name);
}
