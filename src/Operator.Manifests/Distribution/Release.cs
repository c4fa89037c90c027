using System.Reflection;

namespace Operator.Manifests.Distribution;

/// <summary>What is released: one version for the executable, its image and the chart, said in Directory.Build.props alone.</summary>
internal static class Release
{
    /// <summary>Name of the image, without a registry.</summary>
    public const string Image = Contracts.WireNames.Manager;

    public static string Version { get; } = typeof(Release).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
        .InformationalVersion.Split('+')[0];
}
