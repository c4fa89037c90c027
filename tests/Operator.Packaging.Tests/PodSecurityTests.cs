using System.Text.Json.Nodes;
using Operator.TestKit;

namespace Operator.Packaging.Tests;

/// <summary>
/// The Pod Security Standard <c>restricted</c>, control by control as the Kubernetes documentation lists them: the API server of the tests
/// has no admission that would enforce it.
/// </summary>
public sealed class PodSecurityTests
{
    private static readonly string[] AllowedVolumes =
    [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ];

    [Theory]
    [InlineData("default")]
    [InlineData("full")]
    public async Task Pods_OfTheChart_SatisfyRestricted(string combination)
    {
        var values = Repository.PathOf("tests", "Operator.Packaging.Tests", "golden", $"{combination}.values.yaml");
        var pod = (await Chart.RenderAsync(TestContext.Current.CancellationToken, "-f", values)).The("Deployment").Pod();

        Assert.Empty(Violations(pod));
    }

    [Theory]
    [InlineData("hostNetwork", "true")]
    [InlineData("securityContext/runAsNonRoot", "false")]
    [InlineData("securityContext/runAsUser", "0")]
    [InlineData("securityContext/seccompProfile/type", "\"Unconfined\"")]
    [InlineData("containers/0/securityContext/allowPrivilegeEscalation", "true")]
    [InlineData("containers/0/securityContext/capabilities/drop", "[]")]
    [InlineData("containers/0/securityContext/capabilities/add", "[\"NET_ADMIN\"]")]
    [InlineData("containers/0/securityContext/privileged", "true")]
    [InlineData("containers/0/ports/0/hostPort", "80")]
    [InlineData("volumes", "[{\"name\": \"x\", \"hostPath\": {\"path\": \"/\"}}]")]
    public async Task Pods_WithSomethingElse_ViolateIt(string path, string value)
    {
        var pod = (await Chart.RenderAsync(TestContext.Current.CancellationToken)).The("Deployment").Pod();
        Set(pod, path.Split('/'), JsonNode.Parse(value));

        Assert.Single(Violations(pod));
    }

    private static void Set(JsonNode at, string[] path, JsonNode? value)
    {
        foreach (var step in path[..^1])
        {
            at = at is JsonArray list ? list[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)]! : at[step]!;
        }

        at[path[^1]] = value;
    }

    private static List<string> Violations(JsonObject pod)
    {
        List<string> found = [];
        void Require(bool holds, string control)
        {
            if (!holds)
            {
                found.Add(control);
            }
        }

        var security = pod["securityContext"];
        foreach (var host in new[] { "hostNetwork", "hostPID", "hostIPC" })
        {
            Require((bool?)pod[host] is null or false, host);
        }

        Require(
            (pod["volumes"]?.AsArray() ?? []).All(volume =>
                volume!.AsObject().All(field => field.Key == "name" || AllowedVolumes.Contains(field.Key))
            ),
            "volume types"
        );
        Require((bool?)security?["runAsNonRoot"] == true, "running as non-root");
        Require((long?)security?["runAsUser"] is null or > 0, "running as non-root user");
        Require((string?)security?["seccompProfile"]?["type"] is "RuntimeDefault" or "Localhost", "seccomp");
        Require(security?["sysctls"] is null, "sysctls");
        Require(security?["seLinuxOptions"] is null, "SELinux");
        foreach (var container in pod["containers"]!.AsArray().Concat(pod["initContainers"]?.AsArray() ?? []))
        {
            var own = container!["securityContext"];
            Require((bool?)own?["allowPrivilegeEscalation"] == false, "privilege escalation");
            Require((bool?)own?["privileged"] is null or false, "privileged containers");
            Require(
                (own?["capabilities"]?["drop"]?.AsArray() ?? []).Any(capability => (string?)capability == "ALL"),
                "capabilities dropped"
            );
            Require(
                (own?["capabilities"]?["add"]?.AsArray() ?? []).All(capability => (string?)capability == "NET_BIND_SERVICE"),
                "capabilities added"
            );
            Require((bool?)own?["runAsNonRoot"] is null or true, "running as non-root, container");
            Require((long?)own?["runAsUser"] is null or > 0, "running as non-root user, container");
            Require((string?)own?["procMount"] is null or "Default", "proc mount");
            Require((string?)own?["seccompProfile"]?["type"] is null or "RuntimeDefault" or "Localhost", "seccomp, container");
            Require((container["ports"]?.AsArray() ?? []).All(port => port!["hostPort"] is null), "host ports");

            // Not part of the standard, but of what is promised.
            Require((bool?)own?["readOnlyRootFilesystem"] == true, "read-only root file system");
        }

        return found;
    }
}
