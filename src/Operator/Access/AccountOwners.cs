using Operator.Carto;
using Operator.Contracts;

namespace Operator.Access;

/// <summary>
/// Tracks who owns an account. Another user does not see the previous owner's clients: all seem missing, and there is nothing to revoke. So
/// an account whose owner changes is not used until a person accepts that.
/// </summary>
internal static class AccountOwners
{
    private const int MaxIdLength = 512;

    /// <summary>Suffix the identity provider gives a token subject that names an M2M client instead of its owner.</summary>
    private const string ClientSubject = "@clients";

    /// <summary>The owner named by a token; null if none.</summary>
    public static AccountOwner? Of(CartoApiInfo info) =>
        info is { UserId: null, AccountId: null } ? null : new AccountOwner { UserId = Fit(info.UserId), AccountId = Fit(info.AccountId) };

    /// <summary>The M2M client an account logs in with; null if it uses something else, or if that is unknown.</summary>
    /// <param name="credentials">The account's credentials.</param>
    /// <param name="userId">The subject of its token.</param>
    public static string? LoginOf(CartoCredentials credentials, string? userId) =>
        credentials is CartoCredentials.ClientCredentials { ClientId: var id } ? id : LoginOf(userId);

    /// <summary>The M2M client named by a token's subject; null if it names a user or nothing.</summary>
    public static string? LoginOf(string? userId) => userId is not null && IsClient(userId) ? userId[..^ClientSubject.Length] : null;

    /// <summary>The owner named by an account's record; null if none.</summary>
    public static AccountOwner? Of(AccountRecord record) =>
        record is { UserId: null, AccountId: null } ? null : new AccountOwner { UserId = record.UserId, AccountId = record.AccountId };

    /// <summary>The owner to record: fields missing from the token keep their value.</summary>
    public static AccountOwner? Next(AccountOwner? before, CartoApiInfo info) =>
        Of(info) is { } now
            ? new AccountOwner { UserId = now.UserId ?? before?.UserId, AccountId = now.AccountId ?? before?.AccountId }
            : before;

    /// <summary>The user, otherwise the account, by which the owner differs; null if it is the same or unknown.</summary>
    public static string? Other(AccountOwner before, AccountOwner now) =>
        IsOther(before.UserId, now.UserId) && !IsClient(before.UserId!) && !IsClient(now.UserId!) ? now.UserId
        : IsOther(before.AccountId, now.AccountId) ? now.AccountId
        : null;

    /// <summary>
    /// Whether clients of a recorded account may be invisible to the account that has its name now: the owner differs, or is unknown and
    /// the account was recreated since.
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

    /// <summary>The record to keep for a client's account: the existing one, unless it is the same account with less detail.</summary>
    public static AccountRecord Update(AccountRecord? recorded, AccountRecord now) =>
        recorded is null || (recorded.Kind, recorded.Name) != (now.Kind, now.Name) ? now
        : recorded.Uid == now.Uid && Of(recorded) is not null ? recorded
        : now;

    /// <summary>Display name of an owner.</summary>
    public static string Name(AccountOwner owner) =>
        owner switch
        {
            { UserId: { } user, AccountId: { } account } => $"{user} (account {account})",
            { UserId: { } user } => user,
            _ => $"account {owner.AccountId}",
        };

    /// <summary>
    /// Why the account cannot be used: its owner differs from the recorded one, and that was not accepted. Null if it can.
    /// </summary>
    public static AccountProblem? Refusal(IAccountResource account, CartoApiInfo info) =>
        Of(info) is { } now ? Refusal(account, now) : null;

    /// <summary>Same, for an owner that is already known.</summary>
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
                $"the credentials belonged to {Name(before)} and now belong to {Name(now)}, who does not see the clients of the former: "
                    + "nothing is "
                    + "created, changed or revoked. Put the credentials of the former back, or set the annotation "
                    + $"{WireNames.Annotations.AcceptOwner} "
                    + $"to \"{other}\"; the clients are then compared with what that owner sees"
            );
    }

    // A field missing from the token is no difference.
    private static bool IsOther(string? before, string? now) => before is not null && now is not null && before != now;

    private static bool IsClient(string subject) => subject.EndsWith(ClientSubject, StringComparison.Ordinal);

    private static string? Fit(string? text) => text is null ? null : Text.Fit(text, MaxIdLength);
}
