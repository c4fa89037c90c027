using System.Globalization;
using Operator.Access;
using Operator.Accounts;
using Operator.Carto;
using Operator.Carto.Records;
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
/// <param name="recorder">What it answers.</param>
/// <param name="progress">Shows progress.</param>
/// <param name="time">Clock.</param>
internal sealed class AccountCheck(CheckedAccount account, ICartoApi carto, CartoRecorder recorder, Progress progress, TimeProvider time)
{
    private static readonly string[] Names = ["token", "owner", "tools", "list", "create", "read", "verify", "rename", "revoke"];
    private static readonly string[] NamesOfProbe = Names[4..];

    private readonly List<CheckStep> _steps = [Step("credentials", CheckResult.Ok, account.Credentials)];
    private readonly FirstContact _contact = new(recorder, account.Options.Credentials);

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
                    .Where(name => create || !NamesOfProbe.Contains(name))
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
        )
        {
            Answers = _contact.Answers,
            Suggestion = recorder.Suggestion,
        };
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

        CartoException? ownClient = null;
        try
        {
            await TryAsync(
                "tools",
                async _ =>
                {
                    CartoApiInfo? info = null;
                    try
                    {
                        info = await carto.ConnectAsync(cancellationToken);
                    }
                    catch (CartoException exception) when (exception.Error.Kind == CartoErrorKind.OwnClientNotListed)
                    {
                        // The tools are there; it is the list that lacks something.
                        ownClient = exception;
                    }

                    _contact.Connected(info);
                    var bound = recorder.Bindings.Where(binding => binding.Call is not null).Select(binding => binding.Operation);
                    var server = $"{info?.ApiKind ?? Kind} {info?.Server ?? recorder.Tools?.Server}".TrimEnd();
                    return [$"{server}: {string.Join(", ", bound)}", .. info?.Warnings ?? []];
                },
                cancellationToken
            );
        }
        catch (StepFailedException)
        {
            _contact.Connected(null);
            throw;
        }

        _steps[^1] = _steps[^1] with
        {
            Details =
            [
                .. recorder.Bindings.Where(binding => binding.Call is not null).Select(binding => $"{binding.Operation}: {binding.Call}"),
            ],
        };
        if (ownClient is not null)
        {
            _contact.OwnClient("not listed");
            await TryAsync("list", _ => Task.FromException<string[]>(ownClient), cancellationToken);
        }
    }

    private string Kind => account.Options.HttpApi is null ? "MCP" : "HTTP";

    private async Task<string[]> ListAsync(CancellationToken cancellationToken)
    {
        var list = await carto.Clients.ListAsync(cancellationToken);
        _contact.Listed(list, "list");
        var (clients, gap) = list;
        var count = clients.Count == 1 ? "1 client" : string.Create(CultureInfo.InvariantCulture, $"{clients.Count} clients");
        return gap is null ? [count] : [count, $"The list could not be read fully: {gap}"];
    }

    private async Task ProbeAsync(CancellationToken cancellationToken)
    {
        var probe = new ProbeClient(carto, progress, time);
        try
        {
            await TryAsync("create", async token => [$"{await probe.CreateAsync(token)}, named {probe.Name}"], cancellationToken);
            _contact.Created();
            await TryOptionalAsync(
                "read",
                async token => Said("found again, alone and in the list", await probe.ReadAsync(token)),
                cancellationToken
            );
            _contact.Read();
            await VerifyAsync(probe, cancellationToken);
            await TryRenameAsync(probe, cancellationToken);
        }
        finally
        {
            if (probe.MayExist)
            {
                await RevokeAsync(probe);
            }
        }

        if (_steps[^1] is { Name: "revoke", Result: CheckResult.Ok })
        {
            recorder.Step = "missing";
            _contact.AskedForMissing(await probe.AskForMissingAsync(cancellationToken));
        }
    }

    private static string[] Said(string usual, string? odd) => odd is null ? [usual] : [usual, odd];

    private async Task VerifyAsync(ProbeClient probe, CancellationToken cancellationToken)
    {
        try
        {
            await TryAsync("verify", async token => [await probe.VerifyAsync(token)], cancellationToken, isOfProbe: true);
        }
        finally
        {
            _contact.Verified(probe.TokenStory);
        }
    }

    private async Task TryRenameAsync(ProbeClient probe, CancellationToken cancellationToken)
    {
        if (recorder.Bindings.Any(binding => binding is { Operation: "rename", Call: null }))
        {
            _steps.Add(Step("rename", CheckResult.Skipped, "the account offers no way to rename a client"));
            return;
        }

        await TryOptionalAsync(
            "rename",
            async token =>
            {
                var stored = await probe.RenameAsync(token);
                _contact.Renamed(probe.Name, stored);
                return Said(
                    "renamed",
                    stored is null || stored == probe.Name
                        ? null
                        : "CARTO stores another name than it was sent; names are compared by their mark."
                );
            },
            cancellationToken
        );
    }

    /// <summary>A step whose failure leaves the rest of the account working.</summary>
    private async Task TryOptionalAsync(string name, Func<CancellationToken, Task<string[]>> step, CancellationToken cancellationToken) =>
        await TryAsync(
            name,
            async token =>
            {
                try
                {
                    return await step(token);
                }
                catch (CartoException exception)
                {
                    return ["it does not work", exception.Error.Message];
                }
            },
            cancellationToken
        );

    private async Task RevokeAsync(ProbeClient probe)
    {
        recorder.Step = "revoke";
        var found = await probe.RevokeAsync();
        _contact.Revoked();
        if (found is not { } problem)
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
        recorder.Step = name;
        try
        {
            var said = await step(cancellationToken);
            _steps.Add(new CheckStep(name, said.Length > 1 ? CheckResult.Warning : CheckResult.Ok, null, said[0], said[1..]));
        }
        catch (CartoException exception)
        {
            var problem = CartoProblems.Of(
                exception.Error,
                isOfProbe ? "They are those of the client that was just created." : $"The credentials come from {account.Credentials}."
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
            Reasons.OwnClientNotListed =>
            [
                "Log in to CARTO as the user whose clients are to be managed, and put that user's access or refresh token into a Secret.",
                "Name it in spec.auth.accessToken or spec.auth.refreshToken of the account, in place of spec.auth.clientCredentials; here "
                    + "--access-token-file or --refresh-token-file.",
                "docs/first-contact.md has the steps.",
            ],
            Reasons.UnsupportedApi when recorder.Bindings.Any(binding => binding.Call is not null) =>
            [
                "The tools are there, and not all of their arguments are clear: write into the account what follows below, with a name or "
                    + "value for each FILL_IN, and check again.",
            ],
            Reasons.UnsupportedApi when recorder.Tools is null =>
            [
                "If CARTO has an MCP server elsewhere, set spec.mcp.url; if it has none, describe its HTTP API in spec.http. "
                    + "docs/first-contact.md has the steps.",
            ],
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
