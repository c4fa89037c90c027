using Carto.Emulator;

namespace Operator.Reliability.World;

/// <summary>A way in which CARTO says what is not so, or not what it should.</summary>
/// <param name="Name">Name, as scenarios have it.</param>
internal sealed record Lie(string Name)
{
    private const string Gone = """{"error":"OAuth client not found","status":404}""";

    /// <summary>What it changes in how CARTO behaves; null: nothing.</summary>
    public Func<EmulatorVariants, EmulatorVariants>? Variants { get; private init; }

    /// <summary>What goes wrong as long as it lasts.</summary>
    public IReadOnlyList<Fault> Faults { get; private init; } = [];

    /// <summary>An operator can do all that it promises although CARTO lies like this: the lie need not cease.</summary>
    public bool IsBearable { get; private init; }

    /// <summary>Lists cannot be read: where a person wants a comparison, the account has to say so.</summary>
    public bool IsOfLists { get; private init; }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Lie> All { get; } =
    [
        Bearable("gone-with-400", variants => variants with { GoneStatus = 400, GoneMessage = "client not found" }),
        Bearable("gone-with-409", variants => variants with { GoneStatus = 409, GoneMessage = "client not found" }),
        Bearable("gone-with-500", variants => variants with { GoneStatus = 500, GoneMessage = "client not found" }),
        Bearable("gone-in-words", variants => variants with { ErrorAnswer = ErrorAnswer.Text, GoneMessage = "No client with that id" }),
        Bearable("masked", variants => variants with { SecretInGet = true, SecretInList = true, SecretMask = "****{last4}" }),
        Bearable("hidden", variants => variants with { SecretInGet = true, SecretInList = true, SecretMask = "<hidden>" }),
        Bearable("outdated", variants =>
            variants with
            {
                SecretInGet = true,
                SecretInList = true,
                SecretMask = $"{new string('q', 30)}7Hd_k-R{new string('W', 22)}{{last4}}",
            }
        ),
        Bearable("late-grants", variants => variants with { GrantLag = TimeSpan.FromSeconds(20) }),
        Bearable("late-in-lists", variants => variants with { ListLag = TimeSpan.FromSeconds(4) }),
        Bearable("long-in-lists", variants => variants with { ListLagAfterDelete = TimeSpan.FromSeconds(20) }),
        Bearable("clock-behind", variants => variants with { TokenClockOffset = TimeSpan.FromDays(-2) }),
        new("masked-when-created")
        {
            Variants = variants => variants with { SecretInGet = true, SecretInList = true, SecretMask = "********", MaskInCreate = true },
        },
        new("secret-never-shown")
        {
            Variants = variants => variants with { SecretInGet = false, SecretInList = false, SecretInCreate = false },
        },
        new("grants-refused") { Variants = variants => variants with { GrantLag = TimeSpan.FromDays(3000) } },
        new("deletions-without-effect") { Faults = [Fault.NoEffect(Operation.Delete, count: null)] },
        new("deletions-refused-as-data") { Faults = [Fault.Answer(Operation.Delete, """{"deleted":false}""", count: null)] },
        new("deletions-pending") { Faults = [Fault.Answer(Operation.Delete, """{"status":"pending"}""", count: null)] },
        new("deletions-refused-in-words") { Faults = [Fault.Answer(Operation.Delete, "Error: could not delete", count: null)] },
        new("deletions-of-what-is-gone") { Faults = [Fault.ToolError(Operation.Delete, Gone, count: null)] },
        new("readings-of-what-is-gone")
        {
            Faults = [Fault.ToolError(Operation.Get, Gone, count: null), Fault.ToolError(Operation.Update, Gone, count: null)],
        },
        new("lists-null") { Faults = [Fault.Answer(Operation.List, """{"oauth_clients":null}""", count: null)] },
        OfLists("lists-in-words", Fault.Answer(Operation.List, "No clients found.", count: null)),
        OfLists("lists-with-an-odd-entry", Fault.OddEntry(count: null)),
        new("lists-as-tables") { Variants = variants => variants with { ListShape = ListShape.Markdown }, IsOfLists = true },
        new("no-pause")
        {
            Faults =
            [
                new Fault
                {
                    Kind = FaultKind.Status,
                    Status = 429,
                    RetryAfter = TimeSpan.Zero,
                    Count = null,
                },
            ],
        },
        new("pause-in-the-past")
        {
            Faults =
            [
                new Fault
                {
                    Kind = FaultKind.Status,
                    Status = 429,
                    RetryAfter = TimeSpan.FromHours(-1),
                    RetryAfterAsDate = true,
                    Count = null,
                },
            ],
        },
        new("global-limit") { Faults = [Fault.GlobalLimit(count: null)] },
    ];

    /// <summary>The one of a name.</summary>
    public static Lie Of(string name) => All.Single(lie => lie.Name == name);

    public override string ToString() => Name;

    private static Lie Bearable(string name, Func<EmulatorVariants, EmulatorVariants> variants) =>
        new(name) { Variants = variants, IsBearable = true };

    private static Lie OfLists(string name, Fault fault) => new(name) { Faults = [fault], IsOfLists = true };
}
