using Operator.Carto.Clients;

namespace Operator.Carto;

/// <summary>CARTO's HTTP API as a person describes it, since its paths are undocumented.</summary>
public sealed record HttpApiOptions
{
    /// <summary>Address that paths are relative to.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>Creates a client.</summary>
    public required HttpCall Create { get; init; }

    /// <summary>Lists clients.</summary>
    public required HttpCall List { get; init; }

    /// <summary>Gets a client; null: it is found in the list.</summary>
    public HttpCall? Get { get; init; }

    /// <summary>Renames a client; null: it cannot be renamed.</summary>
    public HttpCall? Rename { get; init; }

    /// <summary>Deletes a client.</summary>
    public required HttpCall Delete { get; init; }

    /// <summary>How to request the next page of the list; null: it has one page.</summary>
    public HttpPaging? Paging { get; init; }

    internal HttpCall? Of(ClientOperation operation) =>
        operation switch
        {
            ClientOperation.Create => Create,
            ClientOperation.List => List,
            ClientOperation.Get => Get,
            ClientOperation.Rename => Rename,
            _ => Delete,
        };
}

/// <summary>One HTTP request.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path below the base address, with its query; <c>${id}</c> stands for the client's id.</param>
/// <param name="Body">Its body in JSON; <c>${name}</c> and <c>${id}</c> in its strings stand for the client's name and id. Null:
/// none.</param>
public sealed record HttpCall(string Method, string Path, string? Body = null);

/// <summary>How a list is paged.</summary>
/// <param name="Parameter">The query parameter that identifies a page.</param>
/// <param name="Kind">What identifies a page.</param>
/// <param name="First">Number of the first page.</param>
public sealed record HttpPaging(string Parameter, HttpPagingKind Kind, long First = 1);

/// <summary>What identifies a page.</summary>
public enum HttpPagingKind
{
    /// <summary>Its number.</summary>
    Page,

    /// <summary>The number of clients before it.</summary>
    Offset,

    /// <summary>A text in the page before it.</summary>
    Cursor,
}
