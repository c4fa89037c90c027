using Operator.Access;
using Operator.Contracts;

namespace Operator.Secrets;

/// <summary>A resource's Secret in the API server: what the plan may know about its data, without printing any.</summary>
internal interface IStoredSecret
{
    /// <summary>How it relates to the resource.</summary>
    SecretView View { get; }

    /// <summary>The rotation request it records as handled; null if none.</summary>
    string? HandledRotation { get; }

    /// <summary>Whether a writer other than the operator set the client secret in it.</summary>
    bool IsPairFromOthers { get; }

    /// <summary>The credentials it holds; null if there are none or they are unknown.</summary>
    /// <param name="current">The client on record, which is recognized by its ID.</param>
    Pair? PairOf(ClientRecord? current);

    /// <summary>Whether it matches what would be written for these credentials.</summary>
    bool IsAsWanted(Pair pair, Endpoints endpoints);
}
