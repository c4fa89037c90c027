using System.Diagnostics;
using System.Text.Json;

namespace Carto.Emulator.Tests;

/// <summary>The executable, as a process of its own.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emulator-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Run_KilledRightAfterAnAnswer_HasLostNothing()
    {
        string id;
        using (var process = Start())
        {
            using var http = await ReadyAsync(process);
            id = await CreateAsync(http, "etl");
            process.Kill();
            await process.WaitForExitAsync(Laptop.Cancelled);
        }

        using var again = Start();
        using var httpAgain = await ReadyAsync(again);
        var clients = JsonDocument.Parse(await httpAgain.GetStringAsync("admin/clients", Laptop.Cancelled)).RootElement;

        Assert.Contains(id, clients.EnumerateArray().Select(c => c.GetProperty("id").GetString()));
        again.Kill();
    }

    [Fact]
    public async Task Run_OnSigterm_EndsInOrder()
    {
        using var process = Start();
        using var http = await ReadyAsync(process);

        Terminate(process);
        await process.WaitForExitAsync(Laptop.Cancelled);

        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData("--urls", "nonsense")]
    [InlineData("--variants", """{"nonsense":true}""")]
    [InlineData("--variants", "[]")]
    [InlineData("--preset", "unheard of")]
    [InlineData("--port", "70000")]
    public async Task Run_WithArgumentsThatMakeNoSense_SaysSo(string option, string value)
    {
        using var process = Start(option, value);

        var error = await process.StandardError.ReadToEndAsync(Laptop.Cancelled);
        await process.WaitForExitAsync(Laptop.Cancelled);

        Assert.NotEqual(0, process.ExitCode);
        Assert.StartsWith("The emulator cannot start: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain(" at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithPresetAndVariants_StartsWithBoth()
    {
        using var process = Start("--preset", "likely", "--variants", """{"pageSize":7}""");
        using var http = await ReadyAsync(process);

        var variants = JsonDocument.Parse(await http.GetStringAsync("admin/variants", Laptop.Cancelled)).RootElement;
        var clients = JsonDocument.Parse(await http.GetStringAsync("admin/clients", Laptop.Cancelled)).RootElement;

        Assert.Equal("00:00:01.5000000", variants.GetProperty("connectLatency").GetString());
        Assert.Equal(7, variants.GetProperty("pageSize").GetInt32());
        Assert.Equal(["m2m", "spa"], clients.EnumerateArray().Select(c => c.GetProperty("type").GetString()));
        process.Kill();
    }

    private Process Start(params string[] more)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "Carto.Emulator"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments =
        [
            "--state",
            Path.Combine(_folder.FullName, "state"),
            "--ca-out",
            Path.Combine(_folder.FullName, "ca.pem"),
            "--user",
            "ana",
            .. more,
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private async Task<HttpClient> ReadyAsync(Process process)
    {
        var ready = await process.StandardOutput.ReadLineAsync(Laptop.Cancelled);
        Assert.StartsWith("ready https://127.0.0.1:", ready, StringComparison.Ordinal);
        var user = await process.StandardOutput.ReadLineAsync(Laptop.Cancelled);
        Assert.StartsWith("user ana account=ac_", user, StringComparison.Ordinal);
        var http = Laptop.NewHttp(await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "ca.pem"), Laptop.Cancelled));
        http.BaseAddress = new Uri(ready!.Split(' ')[1]);
        return http;
    }

    private static async Task<string> CreateAsync(HttpClient http, string name)
    {
        using var issued = await http.PostAsync("admin/users/ana/tokens/access", null, Laptop.Cancelled);
        var token = JsonDocument
            .Parse(await issued.Content.ReadAsStringAsync(Laptop.Cancelled))
            .RootElement.GetProperty("token")
            .GetString();
        var users = JsonDocument.Parse(await http.GetStringAsync("admin/users", Laptop.Cancelled)).RootElement;
        using HttpRequestMessage request = new(HttpMethod.Post, $"mcp/{users[0].GetProperty("accountId").GetString()}")
        {
            Content = new StringContent(
                """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"manage_oauth_clients","arguments":ARGUMENTS}}""".Replace(
                    "ARGUMENTS",
                    $$"""{"method":"create","type":"m2m","title":"{{name}}"}""",
                    StringComparison.Ordinal
                ),
                new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")
            ),
        };
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        request.Headers.Authorization = new("Bearer", token);
        using var response = await http.SendAsync(request, Laptop.Cancelled);
        var body = await response.Content.ReadAsStringAsync(Laptop.Cancelled);
        var answer = JsonDocument.Parse(body[body.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
        var text = answer.GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString()!;
        return JsonDocument.Parse(text).RootElement.GetProperty("clientId").GetString()!;
    }

    private static void Terminate(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
