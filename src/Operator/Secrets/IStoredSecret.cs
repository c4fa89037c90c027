using Operator.Access;
using Operator.Contracts;

namespace Operator.Secrets;

/// <summary>A resource's Secret as the API server has it: what the plan may ask of its data. Prints none of it.</summary>
internal interface IStoredSecret
{
    /// <summary>What it is to the resource.</summary>
    SecretView View { get; }

    /// <summary>The request for a rotation that it says was handled; null: none.</summary>
    string? HandledRotation { get; }

    /// <summary>Whether somebody else than the operator set the client secret in it.</summary>
    bool IsPairFromOthers { get; }

    /// <summary>The credentials that it holds; null: none that can be told.</summary>
    /// <param name="current">The client on record, which is recognized by its ID.</param>
    Pair? PairOf(ClientRecord? current);

    /// <summary>Whether it is what would be written of these credentials.</summary>
    bool IsAsWanted(Pair pair, Endpoints endpoints);
}
