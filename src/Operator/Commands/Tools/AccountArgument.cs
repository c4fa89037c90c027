using System.CommandLine;
using Operator.Access;
using Operator.Contracts;
using Operator.Hosting;

namespace Operator.Commands.Tools;

/// <summary>An account on the command line: <c>clustercartoaccount/NAME</c> or <c>cartoaccount/NAME</c>.</summary>
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

    /// <summary>The default account of a resource.</summary>
    public static AccountKey Default { get; } = AccountKey.Of(new AccountReference().Kind, "", new AccountReference().Name);

    public static Argument<string?> Create(string description) =>
        new("ACCOUNT")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = description,
            CompletionSources = { "clustercartoaccount/", "cartoaccount/" },
        };

    /// <summary>Parses it.</summary>
    /// <param name="text">The argument.</param>
    /// <param name="namespace">Namespace of a namespaced account.</param>
    /// <exception cref="InvalidSettingException">It is invalid.</exception>
    public static AccountKey Read(string text, string @namespace) =>
        text.Split('/') is [var kind, { Length: > 0 } name] && Kinds.TryGetValue(kind, out var known)
            ? AccountKey.Of(known, @namespace, name)
            : throw new InvalidSettingException(
                $"ACCOUNT: \"{text}\" is not allowed; write clustercartoaccount/NAME, or cartoaccount/NAME with --namespace"
            );
}
