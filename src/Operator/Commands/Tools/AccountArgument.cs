using System.CommandLine;
using Operator.Access;
using Operator.Contracts;
using Operator.Hosting;

namespace Operator.Commands.Tools;

/// <summary>An account as people name it on the command line: <c>clustercartoaccount/NAME</c> or <c>cartoaccount/NAME</c>.</summary>
internal static class AccountArgument
{
    private static readonly Dictionary<string, AccountKind> Kinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["clustercartoaccount"] = AccountKind.ClusterCartoAccount,
        [ClusterCartoAccount.Plural] = AccountKind.ClusterCartoAccount,
        ["ccacc"] = AccountKind.ClusterCartoAccount,
        ["cartoaccount"] = AccountKind.CartoAccount,
        [CartoAccount.Plural] = AccountKind.CartoAccount,
        ["cacc"] = AccountKind.CartoAccount,
    };

    /// <summary>The account of a resource that says nothing of it.</summary>
    public static AccountKey Default { get; } = AccountKey.Of(new AccountReference().Kind, "", new AccountReference().Name);

    public static Argument<string?> Create(string description) => new("ACCOUNT")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = description,
        CompletionSources = { "clustercartoaccount/", "cartoaccount/" },
    };

    /// <summary>Reads one.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="namespace">Where a namespaced account is looked for.</param>
    /// <exception cref="InvalidSettingException">It is none.</exception>
    public static AccountKey Read(string text, string @namespace) =>
        text.Split('/') is [var kind, { Length: > 0 } name] && Kinds.TryGetValue(kind, out var known)
            ? AccountKey.Of(known, @namespace, name)
            : throw new InvalidSettingException($"ACCOUNT: \"{text}\" is not allowed; write clustercartoaccount/NAME, or cartoaccount/NAME with --namespace");
}
