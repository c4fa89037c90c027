using Carto.Emulator;

namespace Operator.Tests.FirstContact;

/// <summary>A CARTO that keeps other names than it is given.</summary>
public sealed class StoredNamesTests(ContactWorld world) : IClassFixture<ContactWorld>
{
    [Theory]
    [InlineData(StoredNames.Normalized, Interface.Mcp)]
    [InlineData(StoredNames.Collapsed, Interface.Mcp)]
    [InlineData(StoredNames.Escaped, Interface.Mcp)]
    [InlineData(StoredNames.Normalized, Interface.Http)]
    [InlineData(StoredNames.Collapsed, Interface.Http)]
    [InlineData(StoredNames.Escaped, Interface.Http)]
    public async Task NameIsStoredChanged_IsNotRenamedByEachComparison(StoredNames stored, Interface over)
    {
        var carto = EmulatorVariants.Likely with
        {
            StoredNames = stored,
            HttpApi = new HttpApi { Served = true },
        };
        var contact = await world.BeginAsync(new Variant($"{stored}", carto), over);
        await contact.ConnectAsync();
        await contact.ApplyAsync("Cafe\u0301  loads & more");
        var client = await contact.SettleAsync();
        Assert.DoesNotContain("Cafe\u0301  loads & more", client.Name, StringComparison.Ordinal);

        foreach (var request in (string[])["1", "2", "3"])
        {
            await contact.CompareAsync(request);
            await contact.SettleAsync(found => found.Id == client.Id && found.Name == client.Name);
        }

        Assert.InRange(contact.Carto.Calls.Count(Operation.Update), 0, 1);
        await contact.DeleteAsync();
    }
}
