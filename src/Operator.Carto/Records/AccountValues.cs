using System.Text.Json;
using Operator.Carto.Clients;
using Operator.Carto.Mcp;
using Operator.Carto.Tokens;

namespace Operator.Carto.Records;

/// <summary>The values of an account, as far as they were seen: credentials, hosts, ids, names, and all texts of answers.</summary>
internal sealed class AccountValues
{
    private const int ShortestToScrub = 6;

    private readonly HashSet<string> _all = new(StringComparer.Ordinal);
    private readonly HashSet<string> _private = new(StringComparer.Ordinal);

    public AccountValues(CartoApiOptions options, IEnumerable<Exchange> exchanges, AnswerNames names)
    {
        AddCredentials(options.Credentials);
        foreach (var url in new[] { options.ApiBaseUrl, options.TokenUrl, options.McpUrl, options.HttpApi?.BaseUrl }.OfType<Uri>())
        {
            Hide(url.Host);
        }

        foreach (var exchange in exchanges)
        {
            Hide(exchange.Request.Uri.Host);
            AddTexts(exchange.Request.Arguments, names, 0);
            if (exchange.Request.Target == RecordedTarget.Token)
            {
                AddToken(exchange.Json?.Text("access_token"));
                Hide(exchange.Json?.Text("refresh_token"));
            }
            else if (exchange is { IsSuccess: true, Error: null } && exchange.Request.Method is not "tools/list" and not "initialize")
            {
                AddAnswer(exchange.Answer(names), names);
            }
        }
    }

    /// <summary>All of them.</summary>
    public IEnumerable<string> All => _all;

    /// <summary>Masks what must not be in a text in any case: credentials, secrets, ids, hosts.</summary>
    public string Scrub(string text)
    {
        foreach (var value in _private.Where(value => value.Length >= ShortestToScrub).OrderByDescending(value => value.Length))
        {
            text = text.Replace(value, TextMask.Mask, StringComparison.OrdinalIgnoreCase);
        }

        return text;
    }

    private void Hide(string? value)
    {
        if (!string.IsNullOrWhiteSpace(value))
        {
            _all.Add(value);
            _private.Add(value);
        }
    }

    private void AddCredentials(CartoCredentials credentials)
    {
        switch (credentials)
        {
            case CartoCredentials.ClientCredentials client:
                Hide(client.ClientId);
                Hide(client.ClientSecret.Reveal());
                break;
            case CartoCredentials.AccessToken token:
                AddToken(token.Token.Reveal());
                break;
            case CartoCredentials.RefreshToken refresh:
                Hide(refresh.ClientId);
                Hide(refresh.Token.Reveal());
                break;
        }
    }

    private void AddToken(string? token)
    {
        Hide(token);
        if (token is not null && AccessToken.Read(token) is var read)
        {
            Hide(read.AccountId);
            Hide(read.UserId);
            Hide(read.UserId?.Split('@', '|')[^1] is { Length: >= ShortestToScrub } part && part != "clients" ? part : null);
            Hide(read.UserId?.Split('@')[0]);
        }
    }

    private void AddAnswer(ClientAnswer answer, AnswerNames names)
    {
        // An error is words, not data: they are masked one by one.
        if (answer is { IsError: false, Body: { } body })
        {
            AddTexts(body, names, 0);
        }
    }

    private void AddTexts(JsonElement value, AnswerNames names, int depth)
    {
        const int deepest = 16;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when depth < deepest:
                foreach (var member in value.EnumerateObject())
                {
                    var isPrivate = names.Ids.Concat(names.Secrets).Contains(Json.Plain(member.Name)) || Json.IsPlain(member.Name, "id");
                    if (isPrivate && member.Value.ValueKind == JsonValueKind.String)
                    {
                        Hide(member.Value.GetString());
                    }

                    AddTexts(member.Value, names, depth + 1);
                }

                break;
            case JsonValueKind.Array when depth < deepest:
                foreach (var item in value.EnumerateArray())
                {
                    AddTexts(item, names, depth + 1);
                }

                break;
            case JsonValueKind.String when value.GetString() is { } text && !IsWord(text, names):
                _all.Add(text);
                break;
        }
    }

    // Words of the interface itself, which names of tools and arguments have too.
    private static bool IsWord(string text, AnswerNames names) =>
        names.IsOther(text)
        || Vocabulary.M2MValues.Concat(Vocabulary.ClientKinds).Contains(Json.Plain(text))
        || Enum.GetValues<ClientOperation>().Any(operation => Vocabulary.Means(text, operation));
}
