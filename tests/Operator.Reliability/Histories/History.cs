using Carto.Emulator;

namespace Operator.Reliability.Histories;

/// <summary>What happens in one world, from its beginning to its end.</summary>
/// <param name="Readable">Whether CARTO tells secrets again.</param>
/// <param name="ListLag">How long a new client is missing from CARTO's lists.</param>
/// <param name="TokensDie">Whether tokens end with their client.</param>
/// <param name="Acts">What happens, in order.</param>
internal sealed record History(bool Readable, TimeSpan ListLag, bool TokensDie, IReadOnlyList<Act> Acts)
{
    /// <summary>How its CARTO behaves.</summary>
    public EmulatorVariants Variants =>
        new()
        {
            SecretInGet = Readable,
            ListLag = ListLag,
            TokensDieWithClient = TokensDie,
        };

    /// <summary>The same without some of its acts.</summary>
    public History Keep(IReadOnlyList<int> acts) => this with { Acts = [.. acts.Select(i => Acts[i])] };

    public override string ToString() =>
        $"secrets are {(Readable ? "" : "not ")}told again, lists lag by {ListLag}, tokens {(TokensDie ? "" : "do not ")}die with their "
        + "client\n"
        + string.Join('\n', Acts.Select((act, i) => $"  {i}: {act}"));
}
