#!/usr/bin/env bash
# HttpClient of .NET documents HttpRequestException for a request that fails in the network. If the server resets a connection right after
# it was made, a plain SocketException comes through instead: the pool asks the new socket for its remote address, which no longer has one.
#
# Seen with .NET 10 (SDK 10.0.401): "System.Net.Sockets.SocketException, inner: none". Whoever catches HttpRequestException and IOException
# only does not catch it. The script makes the order of events certain with a ConnectCallback, and fails if another exception comes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >finding.csproj <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
</Project>
PROJECT
cat >Program.cs <<'PROGRAM'
using System.Net;
using System.Net.Sockets;

using var listener = new TcpListener(IPAddress.Loopback, 0);
listener.Start();
using var handler = new SocketsHttpHandler
{
    ConnectCallback = async (context, cancellation) =>
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(context.DnsEndPoint, cancellation);

        // Closing without lingering resets the connection.
        using (var accepted = await listener.AcceptSocketAsync(cancellation))
        {
            accepted.LingerState = new LingerOption(true, 0);
        }

        socket.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead);
        return new NetworkStream(socket, ownsSocket: true);
    },
};
using var client = new HttpClient(handler);
try
{
    await client.GetAsync($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    Console.WriteLine("no exception");
}
catch (Exception exception)
{
    Console.WriteLine($"{exception.GetType().FullName}, inner: {exception.InnerException?.GetType().FullName ?? "none"}");
}
PROGRAM

seen=$(dotnet run --verbosity quiet)
echo "HttpClient of .NET $(dotnet --version): $seen"
[ "$seen" = "System.Net.Sockets.SocketException, inner: none" ] || { echo "this changed: SocketException was expected" >&2; exit 1; }
