using Operator.Carto;
using Operator.Contracts;

namespace Operator.Access;

/// <summary>
/// Whose account it is. Another user does not see the clients of the one before: to him all of them are missing, and a revocation finds
/// nothing to revoke. So an account that changes hands is not used until a person says that it should be.
/// </summary>
internal static class AccountOwners
{
    private const int MaxIdLength = 512;

    /// <summary>How the identity provider ends the subject of a token that names an M2M client instead of the user who owns it.</summary>
    private const string ClientSubject = "@clients";

    /// <summary>The owner that a token names; null when it names none.</summary>
    public static AccountOwner? Of(CartoAccountInfo info) => info is { UserId: null, AccountId: null }
        ? null
        : new AccountOwner { UserId = Fit(info.UserId), AccountId = Fit(info.AccountId) };

    /// <summary>The M2M client that an account logs in with; null when it uses something else, or nothing says so.</summary>
    /// <param name="credentials">What the account logs in with.</param>
    /// <param name="userId">The subject of its token.</param>
    public static string? LoginOf(CartoCredentials credentials, string? userId) =>
        credentials is CartoCredentials.ClientCredentials { ClientId: var id } ? id : LoginOf(userId);

    /// <summary>The M2M client that the subject of a token names; null when it names a user, or nothing.</summary>
    public static string? LoginOf(string? userId) => userId is not null && IsClient(userId) ? userId[..^ClientSubject.Length] : null;

    /// <summary>The owner that the record of an account names; null when it names none.</summary>
    public static AccountOwner? Of(AccountRecord record) => record is { UserId: null, AccountId: null }
        ? null
        : new AccountOwner { UserId = record.UserId, AccountId = record.AccountId };

    /// <summary>The owner to record: what a token does not tell stays as it was.</summary>
    public static AccountOwner? Next(AccountOwner? before, CartoAccountInfo info) => Of(info) is { } now
        ? new AccountOwner { UserId = now.UserId ?? before?.UserId, AccountId = now.AccountId ?? before?.AccountId }
        : before;

    /// <summary>The user, or else the account, by which an owner is another one than before; null when it is the same, or nobody can tell.</summary>
    public static string? Other(AccountOwner before, AccountOwner now) =>
        IsOther(before.UserId, now.UserId) && !IsClient(before.UserId!) && !IsClient(now.UserId!) ? now.UserId
        : IsOther(before.AccountId, now.AccountId) ? now.AccountId
        : null;

    /// <summary>
    /// Whether clients of an account on record may be out of sight of the account that bears its name now: the owner is another one, or
    /// nobody can tell and the account was made anew since.
    /// </summary>
    public static bool MayBeAnother(AccountRecord recorded, AccountRecord now)
    {
        if (Of(recorded) is not { } before || Of(now) is not { } present)
        {
            return recorded.Uid != now.Uid;
        }

        var isSameUser = before.UserId is not null && before.UserId == present.UserId;
        return Other(before, present) is not null || (recorded.Uid != now.Uid && !isSameUser);
    }

    /// <summary>The record to keep of an account that a client lives in: the one there is, unless it is the same account and tells less.</summary>
    public static AccountRecord Update(AccountRecord? recorded, AccountRecord now) =>
        recorded is null || (recorded.Kind, recorded.Name) != (now.Kind, now.Name) ? now
        : recorded.Uid == now.Uid && Of(recorded) is not null ? recorded
        : now;

    /// <summary>As people name an owner.</summary>
    public static string Name(AccountOwner owner) => owner switch
    {
        { UserId: { } user, AccountId: { } account } => $"{user} (account {account})",
        { UserId: { } user } => user,
        _ => $"account {owner.AccountId}",
    };

    /// <summary>Why the account cannot be used: it belongs to another owner than recorded, and nobody has accepted that. Null when it can.</summary>
    public static AccountProblem? Refusal(IAccountResource account, CartoAccountInfo info) => Of(info) is { } now ? Refusal(account, now) : null;

    /// <summary>The same of an owner that is known already.</summary>
    public static AccountProblem? Refusal(IAccountResource account, AccountOwner now)
    {
        if (account.Status?.Owner is not { } before)
        {
            return null;
        }

        var other = Other(before, now);
        return other is null || account.Annotation(WireNames.Annotations.AcceptOwner) == other
            ? null
            : AccountProblem.ForPerson(
                Reasons.AccountOwnerChanged,
                $"the credentials belonged to {Name(before)} and now belong to {Name(now)}, who does not see the clients of the former: nothing is "
                + $"created, changed or revoked. Put the credentials of the former back, or set the annotation {WireNames.Annotations.AcceptOwner} "
                + $"to \"{other}\"; the clients are then compared with what that owner sees");
    }

    // What a token does not say is no difference.
    private static bool IsOther(string? before, string? now) => before is not null && now is not null && before != now;

    private static bool IsClient(string subject) => subject.EndsWith(ClientSubject, StringComparison.Ordinal);

    private static string? Fit(string? text) => text is null ? null : Text.Fit(text, MaxIdLength);
}
