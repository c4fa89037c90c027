namespace Operator.Tests.FirstContact;

/// <summary>
/// Every CARTO that may be, over both interfaces: a client lives through creation, verification, rotation, renaming, drift and deletion, or
/// the account says why it cannot and CARTO stays as it was.
/// </summary>
public abstract class MatrixTests(ContactWorld world, Interface over)
{
    private protected async Task LiveAsync(IEnumerable<Variant> variants, string name)
    {
        var variant = variants.Single(variant => variant.Name == name);
        var contact = await world.BeginAsync(variant, over);
        await contact.LiveAsync(variant.Over(over));
    }
}

public abstract class FormsTests(ContactWorld world, Interface over) : MatrixTests(world, over)
{
    public static TheoryData<string> All => Variants.Names(Variants.Forms);

    [Theory]
    [MemberData(nameof(All))]
    public Task Form(string variant) => LiveAsync(Variants.Forms, variant);
}

public abstract class AccessTests(ContactWorld world, Interface over) : MatrixTests(world, over)
{
    public static TheoryData<string> All => Variants.Names(Variants.Access);

    [Theory]
    [MemberData(nameof(All))]
    public Task Access(string variant) => LiveAsync(Variants.Access, variant);
}

public abstract class LimitsTests(ContactWorld world, Interface over) : MatrixTests(world, over)
{
    public static TheoryData<string> All => Variants.Names(Variants.Limits);

    [Theory]
    [MemberData(nameof(All))]
    public Task Limit(string variant) => LiveAsync(Variants.Limits, variant);
}

public sealed class McpFormsTests(ContactWorld world) : FormsTests(world, Interface.Mcp), IClassFixture<ContactWorld>;

public sealed class HttpFormsTests(ContactWorld world) : FormsTests(world, Interface.Http), IClassFixture<ContactWorld>;

public sealed class McpAccessTests(ContactWorld world) : AccessTests(world, Interface.Mcp), IClassFixture<ContactWorld>;

public sealed class HttpAccessTests(ContactWorld world) : AccessTests(world, Interface.Http), IClassFixture<ContactWorld>;

public sealed class McpLimitsTests(ContactWorld world) : LimitsTests(world, Interface.Mcp), IClassFixture<ContactWorld>;

public sealed class HttpLimitsTests(ContactWorld world) : LimitsTests(world, Interface.Http), IClassFixture<ContactWorld>;
