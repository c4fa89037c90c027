using System.Globalization;
using System.Text;
using k8s.Exceptions;
using k8s.KubeConfigModels;

namespace Operator.Hosting;

/// <summary>A user in a kubeconfig, with fields KubernetesClient lacks.</summary>
internal sealed class KubeconfigUser : UserCredentials
{
    private const string Prefix = "Impersonate-";

    /// <summary>The only auth provider KubernetesClient still supports.</summary>
    private const string KnownProvider = "oidc";

    /// <summary>Path of a file with a token that is rotated.</summary>
    public string? TokenFile { get; init; }

    /// <summary>The uid to impersonate.</summary>
    public string? ImpersonateUid { get; init; }

    /// <summary>Extra fields of the impersonated user.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> ImpersonateExtra { get; init; } =
        new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The impersonation headers.</summary>
    /// <exception cref="KubeConfigException">A field is not supported; the message names it.</exception>
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
            : throw new KubeConfigException(
                "as-groups, as-uid and as-user-extra of the user need its field as: write whom to act as, or remove them"
            );

        void Add(string field, string name, IReadOnlyList<string> values)
        {
            if (values.Count > 1)
            {
                // HttpClient joins them into one line, which the API server would take for a single group.
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

    /// <summary>Rejects fields that would be ignored or fail with an unhelpful error.</summary>
    /// <exception cref="KubeConfigException">A field is not supported; the message names it.</exception>
    public void RequireSupported()
    {
        if (AuthProvider is { } provider && provider.Name != KnownProvider)
        {
            throw new KubeConfigException(
                $"auth-provider {provider.Name} of the user is not supported; write exec with the login plugin of your cloud instead, as "
                    + "its newer tools do"
            );
        }
    }

    // Characters not allowed in header names are percent-encoded, which the API server decodes.
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
