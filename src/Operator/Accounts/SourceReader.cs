using System.Net;
using System.Text;
using k8s.Models;
using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Accounts;

/// <summary>Reads the objects an account references from the API server, without caching.</summary>
internal sealed class SourceReader(ResourceClient<V1Secret> secrets, ResourceClient<V1ConfigMap> configMaps)
{
    private const int MostKeysNamed = 30;

    /// <summary>The values of a source, in the order of its keys; none of them is empty.</summary>
    /// <exception cref="AccountException">The object or a key is missing, or a value is empty; the message lists what exists.</exception>
    public async Task<IReadOnlyList<byte[]>> ReadAsync(AccountSource source, CancellationToken cancellationToken)
    {
        var data = await ReadDataAsync(source, cancellationToken) ?? throw NotFound(source);
        return
        [
            .. source.Keys.Select(key =>
                data.TryGetValue(key, out var value) && !IsBlank(value) ? value : throw KeyNotFound(source, key, data)
            ),
        ];
    }

    private async Task<IDictionary<string, byte[]>?> ReadDataAsync(AccountSource source, CancellationToken cancellationToken)
    {
        try
        {
            return source.Object.Kind == SourceKind.Secret
                ? DataOf(await secrets.GetAsync(source.Object.Key, cancellationToken))
                : DataOf(await configMaps.GetAsync(source.Object.Key, cancellationToken));
        }
        catch (KubernetesApiException exception) when (exception.StatusCode == HttpStatusCode.Forbidden)
        {
            throw new AccountException(
                AccountProblem.ForPerson(
                    Reasons.SecretForbidden,
                    $"{source.Field}: the operator may not read {source.Object}: give its service account the right to get it"
                ),
                exception
            );
        }
    }

    private static IDictionary<string, byte[]>? DataOf(V1Secret? secret) =>
        secret is null ? null : secret.Data ?? new Dictionary<string, byte[]>();

    private static Dictionary<string, byte[]>? DataOf(V1ConfigMap? map)
    {
        if (map is null)
        {
            return null;
        }

        var data = new Dictionary<string, byte[]>(map.BinaryData ?? new Dictionary<string, byte[]>(), StringComparer.Ordinal);
        foreach (var (key, value) in map.Data ?? new Dictionary<string, string>())
        {
            data[key] = Encoding.UTF8.GetBytes(value);
        }

        return data;
    }

    private static bool IsBlank(byte[] value) => value.AsSpan().Trim(" \t\r\n"u8).IsEmpty;

    private static AccountException NotFound(AccountSource source) =>
        new(
            AccountProblem.ForPerson(
                Reasons.SecretNotFound,
                $"{source.Field}: {source.Object} does not exist: create it with the {Keys(source.Keys)}, or name another one"
            )
        );

    private static AccountException KeyNotFound(AccountSource source, string key, IDictionary<string, byte[]> data)
    {
        var problem = data.ContainsKey(key) ? $"the key {key} is empty" : $"there is no key {key}; {Describe(data.Keys)}";
        return new AccountException(
            AccountProblem.ForPerson(
                Reasons.KeyNotFound,
                $"{source.Field}: in {source.Object} {problem}: write the value there, or name another key"
            )
        );
    }

    private static string Keys(IReadOnlyList<string> keys) => keys.Count == 1 ? $"key {keys[0]}" : $"keys {string.Join(" and ", keys)}";

    private static string Describe(ICollection<string> keys)
    {
        if (keys.Count == 0)
        {
            return "it has none at all";
        }

        var named = string.Join(", ", keys.Order(StringComparer.Ordinal).Take(MostKeysNamed));
        return keys.Count > MostKeysNamed ? $"its keys are {named} and {keys.Count - MostKeysNamed} more" : $"its keys are {named}";
    }
}
