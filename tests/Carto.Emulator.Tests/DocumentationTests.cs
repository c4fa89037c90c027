using System.Reflection;
using System.Text.Json;

namespace Carto.Emulator.Tests;

/// <summary>docs/emulator.md names everything that can be switched.</summary>
public sealed class DocumentationTests
{
    [Theory]
    [InlineData(typeof(EmulatorVariants))]
    [InlineData(typeof(McpAddresses))]
    [InlineData(typeof(HttpApi))]
    [InlineData(typeof(Fault))]
    public void Page_OfTheEmulator_NamesEachMember(Type type)
    {
        var page = File.ReadAllText(Path.Combine(Root(), "docs", "emulator.md"));

        var missing = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name))
            .Where(name => !page.Contains($"`{name}`", StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Operator.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run from a checkout.");
        }

        return folder.FullName;
    }
}
