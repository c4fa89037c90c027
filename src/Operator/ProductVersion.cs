using System.Reflection;

namespace Operator;

/// <summary>The version of this build.</summary>
internal static class ProductVersion
{
    /// <summary>Including the commit, if known at build time: <c>0.1.0+a6312d9…</c>.</summary>
    public static string Full { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The version alone: <c>0.1.0</c>.</summary>
    public static string Short { get; } = Full.Split('+')[0];
}
