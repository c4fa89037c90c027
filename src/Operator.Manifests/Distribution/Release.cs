using System.Reflection;

namespace Operator.Manifests.Distribution;

/// <summary>The release version of executable, image and chart, defined only in Directory.Build.props.</summary>
internal static class Release
{
    /// <summary>Name of the image, without a registry.</summary>
    public const string Image = Contracts.WireNames.Manager;

    public static string Version { get; } =
        typeof(Release).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
