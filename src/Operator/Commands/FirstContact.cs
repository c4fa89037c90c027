using System.Globalization;
using Operator.Carto;
using Operator.Carto.Records;

namespace Operator.Commands;

/// <summary>Collects what an account answers to the unknowns of CARTO.</summary>
/// <param name="recorder">What was asked and answered.</param>
/// <param name="credentials">How the account logs in.</param>
internal sealed class FirstContact(CartoRecorder recorder, CartoCredentials credentials)
{
    private readonly List<CheckAnswer> _answers = [];

    /// <summary>All answers so far.</summary>
    public IReadOnlyList<CheckAnswer> Answers => _answers;

    /// <summary>Server, tools and operations: also where something is missing.</summary>
    public void Connected(CartoApiInfo? info)
    {
        var tools = recorder.Tools;
        Add("address", info?.Address ?? tools?.Address.AbsoluteUri);
        Add("server", Joined(info?.Server ?? tools?.Server, tools?.Protocol is { } protocol ? $"protocol {protocol}" : null));
        if (tools is not null)
        {
            Add(
                "tools",
                string.Create(CultureInfo.InvariantCulture, $"{tools.Count} in {Pages(tools.Pages)}, {(tools.Bytes + 1023) / 1024} KiB")
            );
        }

        foreach (var binding in recorder.Bindings)
        {
            Add(binding.Operation, binding.Call is { } call ? $"{(binding.IsGiven ? "given" : "found")}: {call}" : "not bound");
        }
    }

    /// <summary>The list of clients.</summary>
    public void Listed(OAuthClientList list, string step)
    {
        OwnClient(
            credentials is not CartoCredentials.ClientCredentials login ? null
            : list.Clients.Any(client => client.Id == login.ClientId) ? "listed"
            : "not listed, but the list could not be read fully"
        );
        if (recorder.List(step) is { } facts)
        {
            Add("paging", Pages(facts.Pages));
            Add("types in the list", facts.TypeField is { } field ? $"{field}: {Words(facts.Types)}" : "none");
            Add("secrets in the list", Told(facts.Secret));
        }

        var others = list.Clients.Count(client => client.IsOther);
        if (others > 0)
        {
            Add("not M2M clients", Number(others));
        }

        var shared = list
            .Clients.GroupBy(client => client.Name, StringComparer.Ordinal)
            .Count(group => group.Key is not null && group.Count() > 1);
        Add(
            "names",
            shared == 0
                ? $"no two of {Number(list.Clients.Count)} share one, which does not prove that none may"
                : $"not unique: {Number(shared)} are shared"
        );
    }

    /// <summary>Whether the list shows the client that logs in.</summary>
    public void OwnClient(string? answer) => Add("own client", answer ?? "does not apply: the account logs in as a user");

    /// <summary>A client was created.</summary>
    public void Created()
    {
        Add("create answers", recorder.Answered("create", "create"));
        Add("secret in create", Told(recorder.Secret("create", "create")));
    }

    /// <summary>That client was read.</summary>
    public void Read()
    {
        if (recorder.Answered("read", "get") is not null)
        {
            Add("secret in get", Told(recorder.Secret("read", "get")));
        }
    }

    /// <summary>A token was obtained with it, or not.</summary>
    public void Verified(string? story) => Add("token of a new client", story);

    /// <summary>It was renamed.</summary>
    public void Renamed(string sent, string? stored) =>
        Add(
            "name after a rename",
            stored is null ? "accepted"
                : stored == sent ? "stored as sent"
                : $"stored as \"{stored}\""
        );

    /// <summary>It was revoked.</summary>
    public void Revoked() => Add("delete answers", recorder.Answered("revoke", "delete"));

    /// <summary>It was asked for although it is gone.</summary>
    public void AskedForMissing(string reading) => Add("missing client", Joined(recorder.Answered("missing", "get"), $"read as {reading}"));

    private void Add(string unknown, string? answer)
    {
        if (!string.IsNullOrEmpty(answer))
        {
            _answers.RemoveAll(known => known.Unknown == unknown);
            _answers.Add(new CheckAnswer(unknown, answer));
        }
    }

    private static string Told(SecretFact secret) =>
        secret switch
        {
            SecretFact.Shown => "shown",
            SecretFact.Masked => "masked",
            SecretFact.Missing => "not shown",
            _ => "unknown",
        };

    private static string Pages(int pages) => pages == 1 ? "1 page" : $"{Number(pages)} pages";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Words(IReadOnlyList<string> words) => words.Count == 0 ? "no value" : string.Join(", ", words.Take(10));

    private static string Joined(params string?[] parts) => string.Join(", ", parts.OfType<string>());
}
