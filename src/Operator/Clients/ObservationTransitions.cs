using System.Collections.Immutable;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Drift;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>
/// How each step changes the observation: one pure method per step and outcome. The executor calls it with the response of the API server
/// or CARTO, the crash test with the response of its models.
/// </summary>
internal static class ObservationTransitions
{
    /// <summary>Serial of an adopted client.</summary>
    private const int FirstSerial = 1;

    /// <summary><see cref="Step.AddFinalizer"/>.</summary>
    /// <param name="seen">What was known.</param>
    /// <param name="isNew">The resource never had it, so it surely has no clients yet.</param>
    public static Observation WithFinalizer(this Observation seen, bool isNew) =>
        isNew ? seen with { NoCreateOutstanding = true, Record = RecordSource.Status } : seen;

    /// <summary><see cref="Step.ReadSecret"/>.</summary>
    public static Observation WithStored(this Observation seen, IStoredSecret? stored, DateTimeOffset now)
    {
        var live = LiveOf(seen) with { Stored = stored, HandledRotation = stored?.HandledRotation };
        return (seen with { LiveSecret = live }).WithSecret(stored?.View ?? new SecretView.Absent(), now).WithStoredPair();
    }

    /// <summary>
    /// Treats the Secret as a record if it names a newer client than the status, as after a crash between the two writes. Its annotations
    /// alone prove nothing: the client must have the resource's mark or be the one in hand. The client it replaced retires.
    /// </summary>
    public static Observation WithSecret(this Observation seen, SecretView secret, DateTimeOffset now)
    {
        var next = seen with { Secret = secret };
        return
            secret is SecretView.Ours { ClientId: { } id }
            && seen.IsRecorded
            && seen.Status.Retiring?.Any(retiring => retiring.ClientId == id) != true
            && seen.SerialOf(id) is { } serial
            && serial > (seen.Status.Current?.Serial ?? 0)
            ? next.WithNewClient(id, serial, now) with
            {
                AccountMayBeAnother = false,
            }
            : next;
    }

    /// <summary><see cref="Step.FindByMark"/>. A list without unrecorded clients starts the grace period.</summary>
    public static Observation WithList(
        this Observation seen,
        AccountKey account,
        ClientList list,
        string? adoptionRefusal,
        DateTimeOffset now
    )
    {
        var marked = list.MarkedFor(seen.Name.Owner);
        var listed = (
            seen with
            {
                Lists = seen.Lists.SetItem(account, list),
                Proven = seen.Proven.Union(marked.Select(client => client.ClientId)),
                OutOfSight =
                [
                    .. seen.OutOfSight.Union(seen.MayBeHidden.Where(client => seen.AccountOf(client).Key == account && list.Lacks(client))),
                ],
            }
        ).WithConfirmed(account, list);
        if (account != seen.Account.Key)
        {
            return seen.Others.FirstOrDefault(other => other.Key == account) is { } view
                ? listed with
                {
                    Elsewhere = seen.Elsewhere.SetItems(marked.Select(client => KeyValuePair.Create(client.ClientId, view))),
                    OutOfSight = [.. listed.OutOfSight.Except(marked.Select(client => client.ClientId))],
                }
                : listed;
        }

        listed = listed with
        {
            AdoptionRefusal = adoptionRefusal,
            HighestSerialSeen = Math.Max(seen.HighestSerialSeen, marked.Select(client => client.Serial).DefaultIfEmpty().Max()),
        };
        if (marked.FirstOrDefault(client => client.ClientId == listed.Status.Current?.ClientId) is { } current)
        {
            // The marks show which client is newer.
            listed = listed with
            {
                Status = listed.Status with
                {
                    DisplayName = listed.Status.DisplayName ?? current.Name,
                    Current = listed.Status.Current! with { Serial = current.Serial },
                },
            };
        }

        listed = listed.WithPlaces(marked).WithSecret(seen.Secret, now);
        if (((listed.IsUnsure && listed.Unrecorded.Count == 0) || listed.LacksInUse) && list.Gap is null)
        {
            listed = listed with { FirstMiss = seen.FirstMiss ?? now };
        }

        // The Secret was a record after all.
        return listed.LiveSecret is not null && listed.Status.Current is { } found && found.ClientId != seen.Status.Current?.ClientId
            ? listed.WithStoredPair()
            : listed;
    }

    /// <summary><see cref="Step.RebuildRecord"/>.</summary>
    /// <param name="seen">What was known.</param>
    /// <param name="wanted">The account named by the spec.</param>
    /// <param name="now">The time.</param>
    public static Observation WithRecordFromLists(this Observation seen, AccountKey wanted, DateTimeOffset now)
    {
        var made = RecordFromLists.Make(seen, wanted, now);
        made = made with
        {
            Pair = seen.Pair is { Origin: PairOrigin.Secret } ? null : made.Pair,
            Elsewhere = made.Elsewhere.RemoveRange((seen.Marked ?? []).Select(client => client.ClientId)),
        };
        return made.LiveSecret is null ? made : made.WithStoredPair();
    }

    /// <summary><see cref="Step.Retire"/>: the client was replaced but may be in use, so it is revoked after a full overlap.</summary>
    public static Observation WithRetiring(this Observation seen, string clientId, DateTimeOffset now) =>
        seen with
        {
            Status = seen.Status with
            {
                Retiring =
                [
                    .. seen.Status.Retiring ?? [],
                    new RetiringClient
                    {
                        ClientId = clientId,
                        RevokeAfter = WireTime.Of(now + Rotation.LengthOf(seen.Overlap)),
                        Account =
                            seen.AccountOf(clientId) is AccountView.Available { Account: var account }
                            && !account.IsSameAs(seen.Status.Account ?? account)
                                ? account
                                : null,
                    },
                ],
            },
        };

    /// <summary><see cref="Step.Forget"/>: a list showed that the client is gone or not this resource's.</summary>
    public static Observation Forgotten(this Observation seen, string clientId) =>
        seen with
        {
            Gone = seen.Gone.Add(clientId),
            Pair = seen.Pair?.ClientId == clientId ? null : seen.Pair,
            NoCreateOutstanding = seen.NoCreateOutstanding || (seen.Status.Current?.ClientId == clientId && seen.Status.Pending is null),
            Status = Without(seen.Status, clientId),
            Doubted = seen.Doubted is null ? null : Without(seen.Doubted, clientId),
        };

    /// <summary><see cref="Step.ReadBack"/>, if CARTO returned a secret.</summary>
    public static Observation WithSecretReadBack(this Observation seen, OAuthClient client, Sensitive secret)
    {
        var current = seen.Status.Current is { } known && known.ClientId == client.Id ? known : null;
        var serial = current?.Serial ?? seen.Marked?.FirstOrDefault(marked => marked.ClientId == client.Id)?.Serial ?? FirstSerial;
        var same = seen.Pair is { } pair && pair.ClientId == client.Id && pair.ClientSecret.Equals(secret);
        return (
            seen with
            {
                Pair = new Pair(client.Id, serial, secret, client.Name, client.CreatedAt, PairOrigin.ReadBack),
                PairWorks = same && seen.PairWorks,
                LiveSecret = seen.LiveSecret is { } live
                    ? live.Trusted with
                    {
                        HoldsPair = live.HoldsPair && (same || current is null),
                    }
                    : null,
                Refusal = same ? seen.Refusal : null,
                // CARTO already rejected this secret.
                Unreadable = same && seen.Refusal is not null ? [.. seen.Unreadable, client.Id] : seen.Unreadable,
                Status = current is null ? seen.Status : seen.Status with { DisplayName = client.Name ?? seen.Status.DisplayName },
            }
        ).Compared();
    }

    /// <summary>
    /// Same, if it did not. Credentials CARTO does not return are accepted as they are, unless it reports that the client does not exist,
    /// verification will decide or, without verification, another writer set them. Whether the client exists is for a list to decide.
    /// </summary>
    /// <param name="seen">What was known.</param>
    /// <param name="clientId">Which client.</param>
    /// <param name="exists">CARTO returned the client without its secret.</param>
    /// <param name="refusal">CARTO's error; null if none.</param>
    public static Observation WithoutSecretReadBack(this Observation seen, string clientId, bool exists, CartoError? refusal) =>
        (
            seen with
            {
                Unreadable = refusal is { Kind: CartoErrorKind.Transient } ? seen.Unreadable : [.. seen.Unreadable, clientId],
                Refused = exists
                    ? seen.Refused
                    : seen.Refused.SetItem(
                        clientId,
                        refusal ?? new CartoError(CartoErrorKind.NotFound, CartoStage.Api, $"there is no client {clientId}")
                    ),
                Lists = exists ? seen.Lists : seen.Lists.Remove(seen.AccountOf(clientId).Key),
                LiveSecret =
                    seen.MustVerify || !exists || seen.LiveSecret is { Stored.IsPairFromOthers: true }
                        ? seen.LiveSecret
                        : seen.LiveSecret?.Trusted,
            }
        ).Compared();

    /// <summary><see cref="Step.ReadReferencedSecret"/>.</summary>
    /// <param name="seen">What was known.</param>
    /// <param name="clientId">Which client.</param>
    /// <param name="secret">The secret read from the Secret in the spec; null: see the problem.</param>
    /// <param name="problem">What a person has to do about it.</param>
    public static Observation WithReferencedSecret(this Observation seen, string clientId, Sensitive? secret, string? problem) =>
        (
            secret is null
                ? seen with
                {
                    ReferencedSecretProblem = problem,
                }
                : seen with
                {
                    Pair = new Pair(
                        clientId,
                        seen.Status.Current?.Serial ?? FirstSerial,
                        secret,
                        Name: null,
                        seen.Status.Current?.CreatedAt,
                        PairOrigin.Referenced
                    ),
                    LiveSecret = seen.LiveSecret?.Trusted,
                    PairWorks = false,
                    Refusal = null,
                }
        ).Compared();

    /// <summary><see cref="Step.ConfirmMissing"/>.</summary>
    public static Observation WithPresence(this Observation seen, string clientId, Presence presence) =>
        seen with
        {
            Presence = presence,
            VerifiedClients = presence == Presence.Gone ? seen.VerifiedClients.Remove(clientId) : seen.VerifiedClients,
        };

    /// <summary><see cref="Step.RecordPending"/>.</summary>
    public static Observation WithIntent(this Observation seen, Step.RecordPending step, string resourceUid, DateTimeOffset now)
    {
        var intent = seen.Status with
        {
            ResourceUid = resourceUid,
            Pending = new PendingClient
            {
                Serial = step.Serial,
                Since = WireTime.Of(now),
                Overlap = step.Overlap,
                Account = step.Account,
            },
            NextRotationTime = null,
            LastHandledRotateAt = step.Request ?? seen.Status.LastHandledRotateAt,
        };
        return seen with { Status = intent, Recorded = intent, NoCreateOutstanding = true };
    }

    /// <summary><see cref="Step.Create"/>.</summary>
    /// <param name="seen">What was known.</param>
    /// <param name="client">CARTO's answer.</param>
    /// <param name="serial">The client's serial.</param>
    /// <param name="request">Value of the annotation that requests a rotation: nothing can be newer than the first credentials.</param>
    /// <param name="now">The time.</param>
    public static Observation WithCreated(this Observation seen, OAuthClient client, int serial, string? request, DateTimeOffset now)
    {
        var next = seen with { Proven = seen.Proven.Add(client.Id), HasCreated = true, Refusal = null };
        if (client.Secret is { } secret)
        {
            var pair = new Pair(client.Id, serial, secret, seen.Name.For(serial), WireTime.Of(now), PairOrigin.Created);
            next = next with { CreatedPair = pair, Pair = pair, PairWorks = false };
        }
        else
        {
            // Find it by its mark and read its secret back.
            next = next with { NoCreateOutstanding = false, Lists = seen.Lists.Remove(seen.Account.Key) };
        }

        return next.Status.Current is null ? next with { Status = next.Status with { LastHandledRotateAt = request } } : next;
    }

    /// <summary><see cref="Step.WriteSecret"/>.</summary>
    /// <param name="seen">What was known.</param>
    /// <param name="stored">The Secret as the server stored it.</param>
    /// <param name="mutation">How it differs from what was written; null if it does not.</param>
    /// <param name="now">The time.</param>
    public static Observation WithWritten(this Observation seen, IStoredSecret stored, string? mutation, DateTimeOffset now)
    {
        var live = LiveOf(seen) with { Stored = stored };
        var next = (seen with { LiveSecret = live }).WithSecret(stored.View, now);
        var holdsPair = stored.PairOf(next.Status.Current) is { } pair && pair.ClientSecret.Equals(seen.Pair!.ClientSecret);
        return (
            next with
            {
                LiveSecret = live.Trusted with { HoldsPair = holdsPair, Mutation = mutation },
                CreatedPair = holdsPair && seen.CreatedPair?.ClientId == seen.Pair!.ClientId ? null : seen.CreatedPair,
            }
        ).Compared(asWritten: mutation is null);
    }

    /// <summary><see cref="Step.Verify"/>, if a token was obtained.</summary>
    public static Observation WithToken(this Observation seen) =>
        (
            seen with
            {
                VerifiedClients = seen.VerifiedClients.Add(seen.Pair!.ClientId),
                PairWorks = true,
                LiveSecret = seen.LiveSecret?.Trusted,
                Refusal = null,
            }
        ).Compared();

    /// <summary>
    /// Same, if none was. Credentials that were never in the Secret are dropped: they prove nothing about those that are.
    /// </summary>
    public static Observation WithoutToken(this Observation seen, string refusal)
    {
        var pair = seen.Pair!;
        return (
            pair.Origin switch
            {
                PairOrigin.ReadBack => seen with { Pair = null, Unreadable = [.. seen.Unreadable, pair.ClientId], Refusal = refusal },
                PairOrigin.Referenced => seen with
                {
                    Pair = null,
                    Refusal = refusal,
                    ReferencedSecretProblem =
                        $"spec.clientSecretRef: CARTO does not accept the secret that it names for the client {pair.ClientId}: {refusal}",
                },
                _ => seen with { VerifiedClients = seen.VerifiedClients.Remove(pair.ClientId), Refusal = refusal },
            }
        ).Compared();
    }

    /// <summary><see cref="Step.Rename"/>, if it succeeded.</summary>
    public static Observation Renamed(this Observation seen, string name) => seen with { Status = seen.Status with { DisplayName = name } };

    /// <summary>Same, if it did not: a list decides whether the client is gone.</summary>
    public static Observation WithRefusal(this Observation seen, string clientId, CartoError refusal) =>
        seen with
        {
            Refused = seen.Refused.SetItem(clientId, refusal),
            Lists = seen.Lists.Remove(seen.AccountOf(clientId).Key),
        };

    /// <summary><see cref="Step.RestartWorkloads"/>.</summary>
    /// <param name="seen">What was known.</param>
    /// <param name="clientId">The client whose credentials they use.</param>
    /// <param name="progress">Progress of a partial restart.</param>
    /// <param name="problem">Why not all were restarted; null if all were.</param>
    public static Observation WithRestarts(this Observation seen, string clientId, RestartProgress? progress, string? problem) =>
        problem is null
            ? seen with
            {
                Status = seen.Status with { RestartedFor = clientId, Restarts = null },
            }
            : seen with
            {
                Status = seen.Status with { Restarts = progress },
                RestartProblem = problem,
            };

    /// <summary><see cref="Step.Revoke"/>: whatever CARTO responded, a list has to show that the client is gone.</summary>
    public static Observation WithRevoking(this Observation seen, string clientId, CartoError? refusal) =>
        seen with
        {
            Revoking = seen.Revoking.SetItem(clientId, refusal),
            ReadyLists = ImmutableHashSet<AccountKey>.Empty,
            Pair = seen.Pair?.ClientId == clientId ? null : seen.Pair,
        };

    /// <summary><see cref="Step.ReleaseSecret"/>.</summary>
    public static Observation WithoutSecret(this Observation seen) =>
        seen with
        {
            Secret = new SecretView.Absent(),
            LiveSecret = LiveOf(seen) with { Stored = null },
        };

    private static LiveSecret LiveOf(Observation seen) => seen.LiveSecret ?? new LiveSecret(Stored: null);

    private static M2MOAuthClientStatus Without(M2MOAuthClientStatus status, string clientId) =>
        status with
        {
            Current = status.Current?.ClientId == clientId ? null : status.Current,
            Retiring = status.Retiring?.Where(retiring => retiring.ClientId != clientId).ToList() is { Count: > 0 } left ? left : null,
        };

    /// <summary>What a list shows about deletions requested before it started.</summary>
    private static Observation WithConfirmed(this Observation seen, AccountKey account, ClientList list)
    {
        foreach (var (client, refusal) in seen.Revoking)
        {
            if (seen.AccountOf(client).Key != account)
            {
                continue;
            }

            // A list may not show a client that was just created, so it does not prove that a refused deletion is done.
            var isNew = refusal is not null && seen.IsTooNew(client, list);
            seen = seen with { Revoking = seen.Revoking.Remove(client) };
            seen =
                list.Lacks(client) && !isNew && !seen.MayBeHidden.Contains(client)
                    ? seen.Forgotten(client) with
                    {
                        CreatedPair = seen.CreatedPair?.ClientId == client ? null : seen.CreatedPair,
                    }
                    : seen with
                    {
                        StillListed = seen.StillListed.SetItem(client, refusal),
                    };
        }

        return seen;
    }

    /// <summary>A retiring client that the account lists with the mark is in that account, whatever the record claims.</summary>
    private static Observation WithPlaces(this Observation seen, IReadOnlyList<MarkedClient> marked)
    {
        var here = (seen.Account as AccountView.Available)?.Account;
        bool IsHere(RetiringClient client) => marked.Any(listed => listed.ClientId == client.ClientId);
        if (
            here is null
            || seen.Status.Retiring?.Any(client => IsHere(client) && !(client.Account ?? seen.Status.Account).IsSameAs(here)) != true
        )
        {
            return seen;
        }

        var place = here.IsSameAs(seen.Status.Account) ? null : here;
        return seen with
        {
            Elsewhere = seen.Elsewhere.RemoveRange(seen.Status.Retiring.Where(IsHere).Select(client => client.ClientId)),
            Status = seen.Status with
            {
                Retiring = [.. seen.Status.Retiring.Select(client => IsHere(client) ? client with { Account = place } : client)],
            },
        };
    }

    /// <summary>A newer client replaces the one on record, which retires.</summary>
    private static Observation WithNewClient(this Observation seen, string id, int serial, DateTimeOffset now)
    {
        var status = seen.Status;
        var here = (seen.Account as AccountView.Available)?.Account;
        var intent = status.Pending is { } pending && pending.Serial <= serial ? pending : null;
        var next = status with
        {
            Current = new ClientRecord
            {
                ClientId = id,
                Serial = serial,
                CreatedAt = seen.Pair?.ClientId == id ? WireTime.NotAfter(seen.Pair.CreatedAt, now) : null,
            },
            Pending = intent is null ? status.Pending : null,
            DisplayName = seen.Pair?.ClientId == id ? seen.Pair.Name : null,
            Account = intent?.Account ?? (seen.IsOutOfPlace ? here ?? status.Account : status.Account ?? here),
        };
        if (status.Current is not { } replaced)
        {
            return seen with { Status = next, Presence = Presence.Unknown };
        }

        // No replacement was intended: the record is older than the Secret, and the client may still be in use.
        var overlap = intent is { Overlap: null } ? TimeSpan.Zero : Rotation.LengthOf(intent?.Overlap ?? seen.Overlap);
        var left = intent?.Account is not null || (seen.IsOutOfPlace && seen.Presence != Presence.Gone) ? status.Account : null;
        return seen with
        {
            Presence = Presence.Unknown,
            Status = next with
            {
                Retiring =
                [
                    .. (status.Retiring ?? []).Select(retiring => retiring with { Account = retiring.Account ?? left }),
                    new RetiringClient
                    {
                        ClientId = replaced.ClientId,
                        RevokeAfter = WireTime.Of(now + overlap),
                        Account = left,
                    },
                ],
                LastHandledRotateAt = intent is null
                    ? seen.LiveSecret?.HandledRotation ?? status.LastHandledRotateAt
                    : status.LastHandledRotateAt,
                LastRotationTime = WireTime.Of(now),
                RestartedFor = status.RestartedFor ?? replaced.ClientId,
            },
        };
    }

    /// <summary>Takes the recorded client's credentials from the Secret that was read.</summary>
    private static Observation WithStoredPair(this Observation seen)
    {
        var current = seen.Status.Current;
        var live = seen.LiveSecret!;
        var pair = live.Stored?.PairOf(current);
        if (seen.CreatedPair is { } held && held.ClientId == current?.ClientId && pair?.ClientSecret.Equals(held.ClientSecret) == false)
        {
            // The created credentials were not stored as written.
            return (seen with { Pair = held, LiveSecret = live.Trusted with { HoldsPair = false } }).Compared();
        }

        seen = seen.CreatedPair?.ClientId == current?.ClientId ? seen with { CreatedPair = null } : seen;
        if (current is null)
        {
            seen = seen with { UnlistedPair = pair is null ? null : new UnlistedPair(pair, seen.UnlistedPair?.Works) };
        }
        else if (pair is not null && pair.ClientId == current.ClientId)
        {
            // If no record vouches for a version of the Secret, it may have been changed before the first record.
            var recorded = seen.Record == RecordSource.Lists ? null : seen.Recorded;
            var isDoubted =
                recorded?.Current?.ClientId == pair.ClientId && recorded.SecretResourceVersion is { } version
                    ? version != (seen.Secret as SecretView.Ours)?.ResourceVersion
                    : live.Stored!.IsPairFromOthers;
            live = live with { HoldsPair = true };
            seen =
                seen.Pair?.Serial > pair.Serial
                    ? seen with
                    {
                        LiveSecret = live,
                    }
                    : seen with
                    {
                        LiveSecret = live with { IsPairDoubted = isDoubted },
                        Pair = pair,
                        PairWorks = false,
                    };
        }

        return seen.Compared();
    }

    /// <summary>
    /// Compares the Secret with what would be written for the recorded client. If they match and the credentials are trusted, its version
    /// is recorded.
    /// </summary>
    /// <param name="seen">The observation.</param>
    /// <param name="asWritten">It was just written and fully stored: additions by others on the way do not count as a difference.</param>
    private static Observation Compared(this Observation seen, bool asWritten = false)
    {
        var current = seen.Status.Current;
        if (seen.LiveSecret is not { } live || (seen.Pair is { } other && other.ClientId != current?.ClientId && current is not null))
        {
            // Nothing was read, or the credentials in hand are the next ones and prove nothing about the stored ones.
            return seen;
        }

        var inSync =
            live.Stored is { } stored
            && seen is { Secret: SecretView.Ours, Pair: { } pair }
            && pair.ClientId == current?.ClientId
            && seen.AccountOf(pair.ClientId).Endpoints is { } endpoints
            && (asWritten || stored.IsAsWanted(pair, endpoints));
        return seen with
        {
            LiveSecret = live with { IsInSync = inSync },
            Status =
                inSync && !live.IsPairDoubted
                    ? seen.Status with
                    {
                        SecretResourceVersion = (live.Stored!.View as SecretView.Ours)?.ResourceVersion,
                    }
                    : seen.Status,
        };
    }
}
