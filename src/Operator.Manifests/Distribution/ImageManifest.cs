using System.Text.Json.Nodes;
using Operator.Manifests.Output;

namespace Operator.Manifests.Distribution;

/// <summary>The kustomization of the Deployment, with the version of its image.</summary>
internal static class ImageManifest
{
    public static string Kustomization() =>
        YamlText.Write(
            new JsonObject
            {
                ["apiVersion"] = "kustomize.config.k8s.io/v1beta1",
                ["kind"] = "Kustomization",
                ["resources"] = new JsonArray("deployment.yaml"),
                ["images"] = new JsonArray(new JsonObject { ["name"] = Release.Image, ["newTag"] = Release.Version }),
            }
        );
}
