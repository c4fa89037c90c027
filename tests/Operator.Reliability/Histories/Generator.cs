using CsCheck;
using Operator.Contracts;
using Operator.Reliability.World;

namespace Operator.Reliability.Histories;

/// <summary>Makes histories from chance.</summary>
internal static class Generator
{
    private const int Fewest = 8;
    private const int Most = 28;

    private static readonly Gen<string> Name = Gen.OneOf("etl", "web", "gis");

    private static readonly Gen<string> Value = Gen.Int[1, 9999].Select(number => $"at-{number}");

    /// <summary>One field of the spec, as JSON for a merge patch.</summary>
    private static readonly Gen<string> Field = Gen.Frequency<string>(
        (4, Gen.OneOf("\"ETL\"", "\"Nightly ETL\"", "\"夜間処理 🗺\"", "null").Select(name => $$"""{"displayName":{{name}}}""")),
        (
            4,
            Gen.OneOf(
                """{"secret":{"keys":{"clientId":"ID"}}}""",
                """{"secret":{"keys":{"clientId":"ID","clientSecret":"KEY"}}}""",
                """{"secret":{"keys":null}}""",
                """{"secret":{"credentialsFile":"carto.json"}}""",
                """{"secret":{"credentialsFile":null}}""",
                """{"secret":{"template":{"DSN":"carto://{{ clientId }}:{{ clientSecret }}@x"}}}""",
                """{"secret":{"template":null}}""",
                """{"secret":{"labels":{"team":"maps"},"annotations":{"note":"ours"}}}""",
                """{"secret":{"labels":null}}"""
            )
        ),
        (
            4,
            Gen.OneOf(
                """{"rotation":{"every":"1h","schedule":null,"timeZone":null,"overlap":"1m"}}""",
                """{"rotation":{"every":"48h","schedule":null,"timeZone":null,"overlap":"24h"}}""",
                """{"rotation":{"every":null,"schedule":"0 3 * * *","timeZone":"Europe/Madrid","overlap":"2h"}}""",
                """{"rotation":null}"""
            )
        ),
        (3, Gen.OneOf("\"Delete\"", "\"Retain\"", "null").Select(policy => $$"""{"deletionPolicy":{{policy}}}""")),
        (2, Gen.Bool.Select(verify => verify ? """{"verify":true}""" : """{"verify":false}""")),
        (2, Gen.Bool.Select(suspend => suspend ? """{"suspend":true}""" : """{"suspend":false}""")),
        (4, Gen.OneOf(MatrixWorld.Account, MatrixWorld.OtherAccount).Select(account => $$$"""{"accountRef":{"name":"{{{account}}}"}}""")),
        (1, Gen.OneOf("""{"rolloutRestart":[{"kind":"Deployment","name":"web"}]}""", """{"rolloutRestart":null}"""))
    );

    /// <summary>What a new resource asks for. Most ask for nothing special, as most people do.</summary>
    private static readonly Gen<string> Spec = Gen.Frequency<string>((2, Gen.Const("{}")), (3, Field));

    /// <summary>Those that leave something half done fall more often than chance would have it.</summary>
    private static readonly Gen<Act> Injection = Gen.Select(
        Gen.OneOf(
            "",
            "",
            "",
            " secrets",
            " secrets",
            "/status",
            "/status",
            " m2moauthclients",
            "CARTO",
            "CARTO create",
            "CARTO create",
            "CARTO create",
            "CARTO delete",
            "CARTO list"
        ),
        Gen.Frequency((4, Gen.Const(0)), (4, Gen.Int[1, 4])),
        Gen.Enum<InjectedFault>(),
        (on, skip, fault) => (Act)new Act.Injection(on, skip, fault)
    );

    /// <summary>A pair that is wrong looks like any other.</summary>
    private static readonly Gen<SecretEdit> SecretChange = Gen.Frequency<SecretEdit>(
        (1, Gen.Const(SecretEdit.WrongSecret)),
        (1, Gen.Enum<SecretEdit>())
    );

    private static readonly Gen<Act> One = Gen.Frequency<Act>(
        (14, Gen.Select(Name, Spec, (name, spec) => (Act)new Act.Create(name, spec))),
        (2, Gen.Select(Name, Gen.Bool, (name, retain) => (Act)new Act.Adopt(name, retain))),
        (18, Gen.Select(Name, Field, (name, field) => (Act)new Act.Edit(name, field))),
        (1, Name.Select(name => (Act)new Act.Pin(name))),
        (5, Name.Select(name => (Act)new Act.Delete(name))),
        (3, Gen.Select(Name, Spec, (name, spec) => (Act)new Act.Recreate(name, spec))),
        (6, Gen.Select(Name, Value, (name, value) => (Act)new Act.Annotate(name, WireNames.Annotations.RotateRequestedAt, value))),
        (2, Gen.Select(Name, Value, (name, value) => (Act)new Act.Annotate(name, WireNames.Annotations.ReconcileRequestedAt, value))),
        (1, Name.Select(name => (Act)new Act.Annotate(name, WireNames.Annotations.Abandon, "true"))),
        (7, Gen.Select(Name, SecretChange, (name, what) => (Act)new Act.EditSecret(name, what))),
        (3, Name.Select(name => (Act)new Act.DeleteSecret(name))),
        (1, Name.Select(name => (Act)new Act.TakeSecretName(name))),
        (1, Name.Select(name => (Act)new Act.FreeSecretName(name))),
        (3, Gen.Select(Name, Gen.Int[0, 2], (name, which) => (Act)new Act.DeleteInCarto(name, which))),
        (2, Name.Select(name => (Act)new Act.RenameInCarto(name))),
        (1, Gen.Const((Act)new Act.ChangeLogin())),
        (1, Gen.Const((Act)new Act.EndTokens())),
        (2, Value.Select(value => (Act)new Act.Compare(value))),
        (6, Gen.OneOf(2, 20, 70, 4000, 90_000, 200_000).Select(seconds => (Act)new Act.Pass(TimeSpan.FromSeconds(seconds)))),
        (6, Gen.Const((Act)new Act.Rest())),
        (20, Injection),
        (4, Gen.Bool.Select(stale => (Act)new Act.Kill(stale))),
        (4, Gen.Const((Act)new Act.Quiet()))
    );

    /// <summary>Most often the one that every history begins with.</summary>
    private static readonly Gen<string> Known = Gen.OneOf("etl", "etl", "etl", "web", "gis");

    /// <summary>What people do to what is the operator's to write.</summary>
    private static readonly Gen<Act> Meddling = Gen.Frequency<Act>(
        (2, Known.Select(name => (Act)new Act.BackUp(name))),
        (6, Gen.Select(Known, Known, (name, other) => (Act)new Act.Restore(name, other))),
        (7, Gen.Select(Known, Gen.Enum<StatusEdit>(), (name, what) => (Act)new Act.EditStatus(name, what))),
        (4, Gen.Select(Known, Gen.Enum<Others>(), (name, whose) => (Act)new Act.ForgeSecret(name, whose))),
        (3, Gen.Select(Known, Known, (from, to) => (Act)new Act.CopySecret(from, to))),
        (1, Known.Select(name => (Act)new Act.FreezeSecret(name))),
        (2, Gen.Select(Name, Gen.Enum<Others>(), (name, whose) => (Act)new Act.Steal(name, whose))),
        (2, Known.Select(name => (Act)new Act.TakeFinalizers(name))),
        (2, Gen.Select(Known, Gen.Bool, (name, orphan) => (Act)new Act.DeleteWith(name, orphan))),
        (2, Gen.Select(Known, Gen.Bool, (name, withStatus) => (Act)new Act.Replace(name, withStatus))),
        (2, Gen.Bool.Select(isOut => (Act)new Act.Reach(isOut))),
        (8, Gen.Int[0, Lie.All.Count - 1].Select(lie => (Act)new Act.Tell(Lie.All[lie].Name))),
        (1, Gen.Const((Act)new Act.Tell(null)))
    );

    /// <summary>One of these, and where among the other acts it comes.</summary>
    private static readonly Gen<(double At, Act Act)[]> Woven = Gen.Frequency(
        (1, Gen.Const(Array.Empty<(double, Act)>())),
        (4, Gen.Select(Gen.Double[0.1, 1], Meddling, (at, act) => (at, act)).Array[2, 9])
    );

    /// <summary>The history of a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="isPlain">Leaves out what people do to what is the operator's to write: what seeds meant before they did.</param>
    public static History Of(string seed, bool isPlain = false)
    {
        var (history, woven) = Histories.Generate(PCG.Parse(seed), null, out _);
        return isPlain ? history : history with { Acts = Weave(history.Acts, woven) };
    }

    /// <summary>The seeds of runs that belong together.</summary>
    public static IEnumerable<string> Seeds(ulong first, int count) =>
        Enumerable.Range(1, count).Select(run => new PCG((uint)run, first).ToString());

    private static List<Act> Weave(IReadOnlyList<Act> acts, (double At, Act Act)[] woven)
    {
        List<Act> all = [.. acts];
        foreach (var (at, act) in woven.OrderByDescending(one => one.At))
        {
            all.Insert((int)Math.Round(at * acts.Count), act);
        }

        return all;
    }

    private static readonly Gen<(History History, (double At, Act Act)[] Woven)> Histories = Gen.Select(
        Gen.Bool,
        Gen.OneOf(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromSeconds(4)),
        Gen.Bool,
        Injection.Array[0, 2],
        Gen.Select(Name, Spec, (name, spec) => (Act)new Act.Create(name, spec)),
        One.Array[Fewest, Most],
        Woven,
        (readable, lag, die, injections, create, acts, woven) => (new History(readable, lag, die, [.. injections, create, .. acts]), woven)
    );
}
