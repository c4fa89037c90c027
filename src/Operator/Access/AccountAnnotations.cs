using Operator.Contracts;

namespace Operator.Access;

/// <summary>What people ask of an account by annotation.</summary>
internal static class AccountAnnotations
{
    /// <summary>The value of an annotation; null when the account does not bear it.</summary>
    public static string? Annotation(this IAccountResource account, string name) =>
        account.Metadata.Annotations is { } annotations && annotations.TryGetValue(name, out var value) ? value : null;
}
