using Operator.Reliability.World;

namespace Operator.Reliability.Histories;

/// <summary>Something that happens in a history. Where it makes no sense as things are, nothing happens.</summary>
internal abstract record Act
{
    /// <summary>A resource is created.</summary>
    internal sealed record Create(string Name, string Spec) : Act;

    /// <summary>A client is made by hand, and a resource that adopts it.</summary>
    internal sealed record Adopt(string Name, bool Retain) : Act;

    /// <summary>The spec of a resource is edited, with a merge patch.</summary>
    internal sealed record Edit(string Name, string Patch) : Act;

    /// <summary>The ID of its client is written into the spec of a resource, the one change of it that is allowed.</summary>
    internal sealed record Pin(string Name) : Act;

    /// <summary>The deletion of a resource is asked for.</summary>
    internal sealed record Delete(string Name) : Act;

    /// <summary>As <see cref="Delete"/>, and as soon as it is gone another of the same name is created.</summary>
    internal sealed record Recreate(string Name, string Spec) : Act;

    /// <summary>An annotation of a resource is set.</summary>
    internal sealed record Annotate(string Name, string Annotation, string Value) : Act;

    /// <summary>The Secret of a resource is edited.</summary>
    internal sealed record EditSecret(string Name, SecretEdit What) : Act;

    /// <summary>The Secret of a resource is deleted.</summary>
    internal sealed record DeleteSecret(string Name) : Act;

    /// <summary>A Secret of somebody else takes the name of a resource's Secret, where there is none.</summary>
    internal sealed record TakeSecretName(string Name) : Act;

    /// <summary>It goes again.</summary>
    internal sealed record FreeSecretName(string Name) : Act;

    /// <summary>A client of a resource is deleted in CARTO: the first, or another where it has several.</summary>
    internal sealed record DeleteInCarto(string Name, int Which) : Act;

    /// <summary>The client of a resource is renamed in CARTO.</summary>
    internal sealed record RenameInCarto(string Name) : Act;

    /// <summary>The account gets other credentials, and those that it had end.</summary>
    internal sealed record ChangeLogin : Act;

    /// <summary>A resource is backed up, with its status.</summary>
    internal sealed record BackUp(string Name) : Act;

    /// <summary>
    /// What was backed up of a resource, or what it is now where nothing was, is written back under a name: as a new resource, or onto the
    /// status of the one that is there.
    /// </summary>
    internal sealed record Restore(string Name, string As) : Act;

    /// <summary>The status of a resource is edited.</summary>
    internal sealed record EditStatus(string Name, StatusEdit What) : Act;

    /// <summary>The Secret of a resource says that it holds the pair of a client of others, and loses what it held.</summary>
    internal sealed record ForgeSecret(string Name, Others Whose) : Act;

    /// <summary>The Secret of a resource is applied under the name of another's.</summary>
    internal sealed record CopySecret(string From, string To) : Act;

    /// <summary>The Secret of a resource becomes immutable.</summary>
    internal sealed record FreezeSecret(string Name) : Act;

    /// <summary>A resource that adopts a client of others is created.</summary>
    internal sealed record Steal(string Name, Others Whose) : Act;

    /// <summary>The finalizers of a resource are taken off.</summary>
    internal sealed record TakeFinalizers(string Name) : Act;

    /// <summary>The deletion of a resource is asked for, with its Secret in the foreground, or so that its Secret stays.</summary>
    internal sealed record DeleteWith(string Name, bool Orphan) : Act;

    /// <summary>As <see cref="Delete"/>, and as soon as it is gone it is created as it was, with its finalizers and annotations.</summary>
    internal sealed record Replace(string Name, bool WithStatus) : Act;

    /// <summary>CARTO is out of reach, or it is back.</summary>
    internal sealed record Reach(bool Out) : Act;

    /// <summary>CARTO begins to lie in one way, see <see cref="World.Lie"/>, or ceases.</summary>
    internal sealed record Tell(string? Lie) : Act;

    /// <summary>All access tokens end.</summary>
    internal sealed record EndTokens : Act;

    /// <summary>A comparison with CARTO's list is asked for.</summary>
    internal sealed record Compare(string Value) : Act;

    /// <summary>Time passes, when nothing is on its way.</summary>
    internal sealed record Pass(TimeSpan Time) : Act;

    /// <summary>The operator is left alone for a moment.</summary>
    internal sealed record Rest : Act;

    /// <summary>A fault is injected into an effect to come, see <see cref="Effects.Await"/>.</summary>
    internal sealed record Injection(string On, int Skip, InjectedFault Fault) : Act;

    /// <summary>The operator ends at once, whatever it is at, and is away during the next act.</summary>
    /// <param name="Stale">The next one starts with a cache from the last quiet point.</param>
    internal sealed record Kill(bool Stale) : Act;

    /// <summary>Nothing happens until all is as it should be: then every promise is checked.</summary>
    internal sealed record Quiet : Act;
}

/// <summary>Clients that a resource has no right to.</summary>
internal enum Others
{
    /// <summary>One that a person made.</summary>
    Foreign,

    /// <summary>One with the mark of another cluster.</summary>
    OfAnotherCluster,

    /// <summary>The one that the account logs in with.</summary>
    Login,

    /// <summary>That of another resource.</summary>
    Neighbour,
}

/// <summary>What a person does to a Secret.</summary>
internal enum SecretEdit
{
    WrongSecret,
    WrongId,
    NoData,
    NoLabel,
    NoAnnotations,
    AnotherKey,
    AnotherLabel,
}
