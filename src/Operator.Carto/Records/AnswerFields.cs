using System.Text.Json;
using Operator.Carto.Clients;

namespace Operator.Carto.Records;

/// <summary>The fields that the operator reads of an answer about clients, by their names there. Null: none that it knows.</summary>
internal sealed record AnswerFields(string? Id, string? Name, string? Secret, string? CreatedAt, string? Type)
{
    /// <summary>The values of <see cref="Type"/>.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>Whether it holds masks in the place of secrets.</summary>
    public bool SecretIsMasked { get; init; }

    /// <summary>Those of the answer to an operation; null if it holds no client.</summary>
    public static AnswerFields? Of(ClientAnswer answer, ClientOperation operation)
    {
        if (answer.Body is not { } body)
        {
            return null;
        }

        JsonElement[] clients =
            operation == ClientOperation.List ? ListReader.Entries(body, answer.Names)
            : Fields.UnwrapClient(body, answer.Names) is var one && Fields.IsClient(one, answer.Names) ? [one]
            : ListReader.Entries(body, answer.Names);
        clients = [.. clients.Select(client => Fields.UnwrapClient(client, answer.Names))];
        return clients.Length == 0 ? null : Of(clients, answer.Names);
    }

    /// <summary>For people: <c>id in clientId, name in title</c>.</summary>
    public override string ToString() =>
        string.Join(
            ", ",
            new[] { ("id", Id), ("name", Name), ("secret", Secret), ("creation time", CreatedAt), ("type", Type) }.Select(pair =>
                pair.Item2 is { } field ? $"{pair.Item1} in {field}" : $"no {pair.Item1}"
            )
        );

    private static AnswerFields Of(JsonElement[] clients, AnswerNames names)
    {
        var secrets = clients.Select(client => Fields.Text(Fields.Find(client, names.Secrets))).OfType<string>().ToArray();
        return new AnswerFields(In(names.Ids), In(names.Names), In(names.Secrets), In(names.Created), In(names.Types))
        {
            Types =
            [
                .. clients
                    .Select(client => Fields.Text(Fields.Find(client, names.Types)))
                    .OfType<string>()
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ],
            SecretIsMasked = secrets.Length > 0 && secrets.All(SecretMask.IsMask),
        };

        string? In(string[] fields) => clients.Select(client => Fields.NameOf(client, fields)).FirstOrDefault(name => name is not null);
    }
}
