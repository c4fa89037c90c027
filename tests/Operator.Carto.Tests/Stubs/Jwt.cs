using System.Buffers.Text;
using System.Text;

namespace Operator.Carto.Tests.Stubs;

/// <summary>Tokens as far as their bearer reads them.</summary>
internal static class Jwt
{
    public static string Of(string claims) => $"e30.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.c2ln";
}
