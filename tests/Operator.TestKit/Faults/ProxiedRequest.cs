using Microsoft.AspNetCore.Http;

namespace Operator.TestKit.Faults;

/// <summary>A request that reached a <see cref="FaultProxy"/>, in the words of the Kubernetes API.</summary>
public sealed class ProxiedRequest
{
    private int _status;

    internal ProxiedRequest(HttpRequest request, DateTimeOffset at)
    {
        At = at;
        Method = request.Method;
        Path = request.Path.Value ?? "/";
        Query = request.QueryString.Value ?? "";
        UserAgent = request.Headers.UserAgent.ToString();

        // /api/VERSION/... or /apis/GROUP/VERSION/..., then [namespaces/NAMESPACE/]RESOURCE[/NAME[/SUBRESOURCE]].
        string[] rest = [];
        switch (Path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            case ["api", _, .. var core]:
                rest = core;
                break;
            case ["apis", var group, _, .. var others]:
                Group = group;
                rest = others;
                break;
        }

        if (rest is ["namespaces", var @namespace, _, ..] and not [_, _, "status" or "finalize"])
        {
            Namespace = @namespace;
            rest = rest[2..];
        }

        Resource = rest is [var resource, ..] ? resource : null;
        Name = rest is [_, var name, ..] ? name : null;
        Subresource = rest is [_, _, var subresource, ..] ? subresource : null;
        Verb = (Method, Name) switch
        {
            ("GET", null) when request.Query["watch"] is ["true" or "1"] => "watch",
            ("GET", null) => "list",
            ("GET", _) => "get",
            ("POST", _) => "create",
            ("PUT", _) => "update",
            ("PATCH", _) => "patch",
            ("DELETE", null) => "deletecollection",
            ("DELETE", _) => "delete",
            _ => "",
        };
    }

    /// <summary>When it arrived.</summary>
    public DateTimeOffset At { get; }

    public string Method { get; }

    public string Path { get; }

    /// <summary>The query with its question mark; empty without one.</summary>
    public string Query { get; }

    public string UserAgent { get; }

    /// <summary>
    /// <c>get</c>, <c>list</c>, <c>watch</c>, <c>create</c>, <c>update</c>, <c>patch</c>, <c>delete</c> or <c>deletecollection</c>.
    /// </summary>
    public string Verb { get; }

    /// <summary>API group; empty for the core group.</summary>
    public string Group { get; } = "";

    /// <summary>Plural name of the resource, for example <c>secrets</c>; null for a request that is about none.</summary>
    public string? Resource { get; }

    public string? Namespace { get; }

    public string? Name { get; }

    public string? Subresource { get; }

    /// <summary>What the client was answered; 0 as long as it was not, and for ever when it was cut off.</summary>
    public int Status
    {
        get => Volatile.Read(ref _status);
        internal set => Volatile.Write(ref _status, value);
    }

    public override string ToString() => $"{Method} {Path}{Query} → {Status}";
}
