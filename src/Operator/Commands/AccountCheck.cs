using System.Globalization;
using Operator.Access;
using Operator.Accounts;
using Operator.Carto;
using Operator.Carto.Tokens;
using Operator.Commands.Tools;
using Operator.Contracts;

namespace Operator.Commands;

/// <summary>The account to check.</summary>
/// <param name="Name">Display name.</param>
/// <param name="Options">Connection settings.</param>
/// <param name="Credentials">Source of its credentials.</param>
/// <param name="Resource">The account in the cluster; null if it is not from a cluster.</param>
internal sealed record CheckedAccount(string Name, CartoApiOptions Options, string Credentials, IAccountResource? Resource);

/// <summary>Checks an account step by step, the way the operator uses it, and reports each result.</summary>
/// <param name="account">The account.</param>
/// <param name="carto">The account in CARTO.</param>
/// <param name="progress">Shows progress.</param>
/// <param name="time">Clock.</param>
internal sealed class AccountCheck(CheckedAccount account, ICartoApi carto, Progress progress, TimeProvider time)
{
    private static readonly string[] Names = ["token", "owner", "tools", "list", "create", "verify", "revoke"];

    private readonly List<CheckStep> _steps = [Step("credentials", CheckResult.Ok, account.Credentials)];

    /// <summary>Whether the credentials are those of an M2M client.</summary>
    private bool IsM2M => account.Options.Credentials is CartoCredentials.ClientCredentials;

    /// <summary>Runs the check. Changes nothing in CARTO unless a probe client is to be created, which is always revoked.</summary>
    public async Task<CheckReport> RunAsync(bool create, CancellationToken cancellationToken)
    {
        try
        {
            await ConnectAsync(cancellationToken);
            await TryAsync("list", ListAsync, cancellationToken);
            if (create)
            {
                await ProbeAsync(cancellationToken);
            }
            else
            {
                _steps.Add(
                    Step("create", CheckResult.Skipped, "not asked for; --create creates a client, obtains a token with it and revokes it")
                );
            }
        }
        catch (StepFailedException)
        {
            // Later steps are skipped.
        }

        if (create || _steps.Exists(step => step.Result == CheckResult.Failed))
        {
            _steps.AddRange(
                Names
                    .Except(_steps.Select(step => step.Name))
                    .Where(name => create || name is not ("create" or "verify" or "revoke"))
                    .Select(name => Step(name, CheckResult.Skipped, "an earlier step failed"))
            );
        }

        if (account.Resource is { } resource)
        {
            _steps.Add(OperatorStep(resource));
        }

        return new CheckReport(
            account.Name,
            account.Options.ApiBaseUrl.ToString().TrimEnd('/'),
            _steps.TrueForAll(step => step.Result != CheckResult.Failed),
            _steps
        );
    }

    /// <summary>The report for an account that cannot even be tried.</summary>
    public static CheckReport Unreadable(string name, string? apiBaseUrl, AccountException exception) =>
        new(
            name,
            apiBaseUrl,
            Works: false,
            [new CheckStep("credentials", CheckResult.Failed, exception.Problem.Reason, Cluster.Describe(exception), [])]
        );

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        AccessToken? token = null;
        await TryAsync(
            "token",
            async _ =>
            {
                token = await carto.ObtainTokenAsync(cancellationToken);
                return
                [
                    account.Options.Credentials is CartoCredentials.AccessToken
                        ? $"the one that was given{Until(token)}"
                        : $"obtained{Until(token)}",
                ];
            },
            cancellationToken
        );
        _steps.Add(OwnerStep(token!));
        if (_steps[^1].Result == CheckResult.Failed)
        {
            throw new StepFailedException();
        }

        IReadOnlyList<string> bound = [];
        await TryAsync(
            "tools",
            async _ =>
            {
                var info = await carto.ConnectAsync(cancellationToken);
                bound = info.Operations;
                return [$"{info.ApiKind} {info.Server}: {string.Join(", ", bound.Select(line => line.Split(':')[0]))}", .. info.Warnings];
            },
            cancellationToken
        );
        _steps[^1] = _steps[^1] with { Details = bound };
    }

    private async Task<string[]> ListAsync(CancellationToken cancellationToken)
    {
        var (clients, gap) = await carto.Clients.ListAsync(cancellationToken);
        var count = clients.Count == 1 ? "1 client" : string.Create(CultureInfo.InvariantCulture, $"{clients.Count} clients");
        return gap is null ? [count] : [count, $"The list could not be read fully: {gap}"];
    }

    private async Task ProbeAsync(CancellationToken cancellationToken)
    {
        var probe = new ProbeClient(carto, progress, time);
        try
        {
            await TryAsync("create", async token => [$"{await probe.CreateAsync(token)}, named {probe.Name}"], cancellationToken);
            await TryAsync("verify", async token => [await probe.VerifyAsync(token)], cancellationToken, isOfProbe: true);
        }
        finally
        {
            if (probe.MayExist)
            {
                await RevokeAsync(probe);
            }
        }
    }

    private async Task RevokeAsync(ProbeClient probe)
    {
        if (await probe.RevokeAsync() is not { } problem)
        {
            _steps.Add(Step("revoke", CheckResult.Ok, probe.Fate));
            return;
        }

        var advice = $"Delete the client named \"{probe.Name}\" in CARTO, under Developers > Credentials.";
        _steps.Add(new CheckStep("revoke", CheckResult.Failed, problem.Reason, problem.Message, [advice]));

        // Shown even if an interruption prevents the report.
        progress.Warn($"{problem.Message} {advice}");
    }

    private async Task TryAsync(
        string name,
        Func<CancellationToken, Task<string[]>> step,
        CancellationToken cancellationToken,
        bool isOfProbe = false
    )
    {
        progress.Say($"{name} ...");
        try
        {
            var said = await step(cancellationToken);
            _steps.Add(new CheckStep(name, said.Length > 1 ? CheckResult.Warning : CheckResult.Ok, null, said[0], said[1..]));
        }
        catch (CartoException exception)
        {
            var problem = CartoProblems.Of(
                exception.Error,
                isOfProbe
                    ? "They are those of the client that was just created; try it again."
                    : $"The credentials come from {account.Credentials}."
            );
            _steps.Add(new CheckStep(name, CheckResult.Failed, problem.Reason, problem.Message, isOfProbe ? [] : Advice(problem.Reason)));
            throw new StepFailedException();
        }
    }

    private CheckStep OwnerStep(AccessToken token)
    {
        if (token is { UserId: null, AccountId: null })
        {
            return new CheckStep(
                "owner",
                CheckResult.Warning,
                null,
                "the token names neither user nor account",
                [
                    "An OAuth token of CARTO does: if this is an API Access Token, it cannot manage clients. Use a user's login or an "
                        + "M2M client.",
                ]
            );
        }

        var owner = new AccountOwner { UserId = token.UserId, AccountId = token.AccountId };
        return account.Resource is { } resource && AccountOwners.Refusal(resource, owner) is { } refusal
            ? new CheckStep("owner", CheckResult.Failed, refusal.Reason, refusal.Message, [])
            : Step("owner", CheckResult.Ok, AccountOwners.Name(owner));
    }

    private IReadOnlyList<string> Advice(string reason) =>
        reason switch
        {
            Reasons.CredentialsRefused =>
            [
                "Compare them with what CARTO shows under Developers > Credentials, or have new ones made there: what was deleted in "
                    + "CARTO does not come back.",
            ],
            Reasons.InsufficientPermission when IsM2M =>
            [
                "See in CARTO which plan the organization has, and which role the owner of the client has.",
                AdviceOnM2M,
            ],
            Reasons.InsufficientPermission => ["See in CARTO which plan the organization has, and which role the user has."],
            Reasons.UnsupportedApi when IsM2M =>
            [
                "A user whose plan or role is not sufficient may not see these tools either.",
                AdviceOnM2M,
            ],
            Reasons.UnsupportedApi =>
            [
                "API Access Tokens do not see these tools, nor may users whose plan or role is not sufficient: use the OAuth token of a "
                    + "user of the role Editor or above.",
            ],
            Reasons.Unreachable =>
            [
                "The operator may reach what this machine does not, and the other way round: try it where the operator runs (kubectl "
                    + "exec).",
            ],
            Reasons.CertificateNotTrusted when account.Resource is null => ["Here that is --ca-file."],
            _ => [],
        };

    private static string AdviceOnM2M =>
        "These are the credentials of an M2M client, and CARTO does not say whether its token may manage clients. If everything else is "
        + "right, use a user's "
        + "token instead: spec.auth.accessToken or spec.auth.refreshToken of the account, here --access-token-file or "
        + "--refresh-token-file.";

    private static CheckStep OperatorStep(IAccountResource resource) =>
        ConditionSet.Find(resource.Status?.Conditions, ConditionTypes.Ready) switch
        {
            null or { Reason: Reasons.Pending } => new CheckStep(
                "operator",
                CheckResult.Warning,
                null,
                "it has not reconciled this account yet",
                ["Check that it runs and that it watches this namespace."]
            ),
            { Status: "True" } ready => Step(
                "operator",
                CheckResult.Ok,
                $"{ready.Reason}, {resource.Status!.ManagedClients ?? 0} clients managed"
            ),
            var ready => new CheckStep("operator", CheckResult.Warning, null, $"it says {ready.Reason}", [ready.Message]),
        };

    private string Until(AccessToken token) =>
        token.ExpiresAt is { } end
            ? string.Create(CultureInfo.InvariantCulture, $", ends in {Math.Floor((end - time.GetUtcNow()).TotalHours):0} h")
            : "";

    private static CheckStep Step(string name, CheckResult result, string message) => new(name, result, null, message, []);

    private sealed class StepFailedException : Exception;
}
