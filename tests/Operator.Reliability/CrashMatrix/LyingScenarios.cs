using Operator.Reliability.World;

namespace Operator.Reliability.CrashMatrix;

/// <summary>Scenarios in which CARTO lies from the person's act on.</summary>
internal static class LyingScenarios
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        On("create", "late-grants"),
        On("create", "late-in-lists"),
        On("create", "clock-behind"),
        On("create", "masked-when-created", mostCreated: 4),
        On("create", "secret-never-shown", mostCreated: 4),
        On("create", "grants-refused"),
        On("create", "lists-null"),
        On("create", "no-pause"),
        On("create", "pause-in-the-past"),
        On("create", "global-limit"),
        On("rotate-on-request", "late-grants"),
        On("rotate-on-request", "grants-refused"),
        On("rotate-on-request", "late-in-lists"),
        On("rotate-on-request", "masked"),
        On("adopt", "hidden", readable: false),
        On("secret-deleted", "masked", readable: true),
        On("secret-deleted", "hidden", readable: true),
        On("secret-deleted", "outdated", readable: true),
        On("secret-deleted-unverified", "masked", readable: true),
        On("secret-deleted", "readings-of-what-is-gone", readable: true),
        On("rename", "readings-of-what-is-gone", mostCreated: 0),
        On("delete", "deletions-without-effect"),
        On("delete", "deletions-refused-as-data"),
        On("delete", "deletions-pending"),
        On("delete", "deletions-refused-in-words"),
        On("delete", "deletions-of-what-is-gone"),
        On("delete", "long-in-lists"),
        On("delete", "lists-with-an-odd-entry"),
        On("delete-while-retiring", "deletions-without-effect"),
        On("delete-while-new", "lists-in-words"),
        On("delete-of-deleted-client", "gone-with-400"),
        On("delete-of-deleted-client", "gone-with-500"),
        On("delete-of-deleted-client", "gone-in-words"),
        On("client-deleted", "gone-with-409"),
        On("client-deleted", "gone-in-words"),
        On("client-deleted", "lists-null"),
        On("client-deleted", "lists-with-an-odd-entry"),
        On("client-deleted", "lists-as-tables"),
        On("stray", "deletions-refused-in-words"),
    ];

    private static Scenario On(string name, string lie, bool? readable = null, int? mostCreated = null)
    {
        var scenario = Scenario.Honest.Single(scenario => scenario.Name == name);
        return scenario with { Name = $"{name}-{lie}", Lie = Lie.Of(lie), Readable = readable, MostCreated = mostCreated, IsBrief = true };
    }
}
