using System.Globalization;
using System.Text;
using k8s.Exceptions;
using k8s.KubeConfigModels;

namespace Operator.Hosting;

/// <summary>A user of a kubeconfig, with what KubernetesClient has no place for.</summary>
internal sealed class KubeconfigUser : UserCredentials
{
    private const string Prefix = "Impersonate-";

    /// <summary>The one kind of login that KubernetesClient still makes itself.</summary>
    private const string KnownProvider = "oidc";

    /// <summary>Path of a file with a token, which is replaced from time to time.</summary>
    public string? TokenFile { get; init; }

    /// <summary>The uid to act with.</summary>
    public string? ImpersonateUid { get; init; }

    /// <summary>What else is said about the user that is acted as.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> ImpersonateExtra { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The headers by which the API server takes this user for another.</summary>
    /// <exception cref="KubeConfigException">A field cannot be honoured; the message names it.</exception>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> ImpersonationHeaders()
    {
        string[] groups = [.. ImpersonateGroups];
        List<KeyValuePair<string, IReadOnlyList<string>>> headers = [];
        Add("as", "User", Impersonate is { Length: > 0 } user ? [user] : []);
        Add("as-uid", "Uid", ImpersonateUid is { Length: > 0 } uid ? [uid] : []);
        Add("as-groups", "Group", groups);
        foreach (var (key, values) in ImpersonateExtra)
        {
            Add("as-user-extra", $"Extra-{Escape(key)}", values);
        }

        return headers.Count == 0 || !string.IsNullOrEmpty(Impersonate)
            ? headers
            : throw new KubeConfigException("as-groups, as-uid and as-user-extra of the user need its field as: write whom to act as, or remove them");

        void Add(string field, string name, IReadOnlyList<string> values)
        {
            if (values.Count > 1)
            {
                // HttpClient joins them to one line, which the API server takes for one group of that long name.
                throw new KubeConfigException($"{field} of the user has {values.Count} values where only one can be sent: write one");
            }

            if (!values.All(value => value.All(letter => letter is >= ' ' and <= '~')))
            {
                throw new KubeConfigException($"{field} of the user must be plain ASCII, for it is sent in a header");
            }

            if (values.Count > 0)
            {
                headers.Add(new(Prefix + name, values));
            }
        }
    }

    /// <summary>Refuses what would be left out, or end in an error that names nothing.</summary>
    /// <exception cref="KubeConfigException">A field cannot be honoured; the message names it.</exception>
    public void RequireSupported()
    {
        if (AuthProvider is { } provider && provider.Name != KnownProvider)
        {
            throw new KubeConfigException(
                $"auth-provider {provider.Name} of the user is not supported; write exec with the login plugin of your cloud instead, as its newer tools do");
        }
    }

    // Whatever the name of a header cannot hold is written as %XX, which the API server turns back.
    private static string Escape(string key)
    {
        var escaped = new StringBuilder();
        foreach (var one in Encoding.UTF8.GetBytes(key))
        {
            if (char.IsAsciiLetterOrDigit((char)one) || "!#$&'*+-.^_`|~".Contains((char)one, StringComparison.Ordinal))
            {
                escaped.Append((char)one);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"%{one:X2}");
            }
        }

        return escaped.ToString();
    }
}
