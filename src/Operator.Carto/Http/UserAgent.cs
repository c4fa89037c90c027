using System.Net.Http.Headers;

namespace Operator.Carto.Http;

/// <summary>The operator's User-Agent header.</summary>
internal static class UserAgent
{
    public const string Product = "carto-operator";

    public static readonly string Version = typeof(UserAgent).Assembly.GetName().Version?.ToString(3) ?? "0";

    public static readonly ProductInfoHeaderValue Value = new(Product, Version);
}
