using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.TestKit;

namespace Operator.Contracts.Tests;

/// <summary>What the API server refuses, and what it tells the person to write instead.</summary>
public sealed partial class ValidationTests(KubernetesServer server)
{
    private const string Namespace = "default";

    private readonly ResourceApi _api = new(server);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string, string, string> RejectedSpecs()
    {
        var data = new TheoryData<string, string, string, string, string>();
        foreach (var spec in RejectedSpec.All)
        {
            foreach (var kind in spec.Kinds)
            {
                data.Add(kind, spec.Field, spec.Bad, spec.Good, spec.Message);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(RejectedSpecs))]
    public async Task Create_BadSpec_IsRefusedWithAMessageThatHelps(string kind, string field, string bad, string good, string message)
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);

        var refused = await _api.TryCreateAsync(Resources.Create(kind, bad), Namespace, CancellationToken);
        var accepted = await _api.TryCreateAsync(Resources.Create(kind, good), Namespace, CancellationToken);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Code);
        var cause = Assert.Single(refused.Causes);
        Assert.Equal(field, cause.Field);
        Assert.EndsWith(message, cause.Message, StringComparison.Ordinal);
        Assert.True(accepted.Code == HttpStatusCode.Created, accepted.Message);
    }

    [Theory]
    [InlineData(M2MOAuthClient.KubeKind, "secret: {nam: a}", "unknown field \"spec.secret.nam\"")]
    [InlineData(CartoAccount.KubeKind, "allowedNamespaces: {}", "unknown field \"spec.allowedNamespaces\"")]
    [InlineData(
        CartoAccount.KubeKind,
        "auth: {accessToken: {secretRef: {name: a, namespace: b}}}",
        "unknown field \"spec.auth.accessToken.secretRef.namespace\""
    )]
    [InlineData(ClusterCartoAccount.KubeKind, "auth: {password: a}", "unknown field \"spec.auth.password\"")]
    public async Task Create_UnknownField_IsRefused(string kind, string spec, string message)
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);

        var refused = await _api.TryCreateAsync(Resources.Create(kind, spec), Namespace, CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Code);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("apiBaseUrl", "spec.apiBaseUrl: Required value")]
    [InlineData("auth", "spec.auth: Required value")]
    public async Task Create_AccountWithoutWhatItNeeds_IsRefused(string field, string message)
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);
        var account = Resources.Create(CartoAccount.KubeKind, "");
        account["spec"]!.AsObject().Remove(field);

        var refused = await _api.TryCreateAsync(account, Namespace, CancellationToken);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Code);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_ClusterAccountWithoutNamespaceInAReference_IsRefused()
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);
        var account = Resources.Create(ClusterCartoAccount.KubeKind, "auth: {accessToken: {secretRef: {name: a}}}");
        account["spec"]!["auth"]!["accessToken"]!["secretRef"]!.AsObject().Remove("namespace");

        var refused = await _api.TryCreateAsync(account, Namespace, CancellationToken);

        Assert.Contains(new Cause("spec.auth.accessToken.secretRef.namespace", "Required value"), refused.Causes);
    }

    /// <summary>The operator reports what people wrote into an annotation: however long, the report must not fail.</summary>
    [Fact]
    public async Task Status_WithALongRequest_IsAccepted()
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);
        await using var @namespace = await TestNamespace.CreateAsync(server, CancellationToken);
        var resource = await _api.CreateAsync(Resources.Create(M2MOAuthClient.KubeKind, ""), @namespace.Name, CancellationToken);
        var status = new JsonObject { ["status"] = new JsonObject { ["lastHandledRotateAt"] = new string('x', 200_000) } };

        var accepted = await _api.PatchAsync(resource, @namespace.Name, status, CancellationToken, "status");

        Assert.True(accepted.Code == HttpStatusCode.OK, accepted.Message);
    }

    [Fact]
    public async Task EveryRule_OfTheServedSchemas_IsTriedHereOnEachKindThatHasIt()
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);
        var tried = RejectedSpec
            .All.SelectMany(spec => spec.Kinds.Select(kind => (kind, Indexes().Replace(spec.Field, "[]"), spec.Message)))
            .Concat(RejectedUpdate.All.Select(update => (M2MOAuthClient.KubeKind, update.Field, update.Message)))
            .ToHashSet();

        var untried = new List<(string, string, string)>();
        foreach (var plural in (string[])[M2MOAuthClient.Plural, CartoAccount.Plural, ClusterCartoAccount.Plural])
        {
            var definition = await _api.GetDefinitionAsync(plural, CancellationToken);
            var kind = (string)definition["spec"]!["names"]!["kind"]!;
            untried.AddRange(
                Schema
                    .Of(definition)
                    .Walk()
                    .SelectMany(node =>
                        (node.Json["x-kubernetes-validations"]?.AsArray() ?? []).Select(rule =>
                            (kind, $"{node.Path}{(string?)rule!["fieldPath"]}".TrimStart('.'), (string)rule["message"]!)
                        )
                    )
                    .Where(rule => !tried.Contains(rule))
            );
        }

        Assert.Empty(untried);
    }

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex Indexes();
}
