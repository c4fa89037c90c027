namespace Operator.Carto.Clients;

/// <summary>Operations on clients.</summary>
internal enum ClientOperation
{
    Create,
    List,
    Get,
    Rename,
    Delete,
}

/// <summary>Properties of operations.</summary>
internal static class ClientOperations
{
    public static string Word(this ClientOperation operation) =>
        operation switch
        {
            ClientOperation.Create => "create",
            ClientOperation.List => "list",
            ClientOperation.Get => "get",
            ClientOperation.Rename => "rename",
            _ => "delete",
        };

    /// <summary>Whether it may change something in CARTO.</summary>
    public static bool Changes(this ClientOperation operation) =>
        operation is ClientOperation.Create or ClientOperation.Rename or ClientOperation.Delete;

    /// <summary>Whether it targets one client by its id.</summary>
    public static bool NamesClient(this ClientOperation operation) =>
        operation is ClientOperation.Get or ClientOperation.Rename or ClientOperation.Delete;
}
