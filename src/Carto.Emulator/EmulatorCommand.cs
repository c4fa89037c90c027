using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Carto.Emulator;

/// <summary>The command line.</summary>
internal static class EmulatorCommand
{
    public static RootCommand Create()
    {
        Option<string[]> urls = new("--urls")
        {
            Description = "Where to listen, for example https://0.0.0.0:8443; may be given several times",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int?> port = new("--port") { Description = "Short for --urls https://127.0.0.1:PORT; 0 takes a free port" };
        Option<string[]> hostNames = new("--host-name")
        {
            Description = "Name that the server certificate bears beside localhost; may be given several times",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string?> state = new("--state") { Description = "File that users, clients, keys and the CA survive a restart in" };
        Option<string?> caOut = new("--ca-out") { Description = "File to write the CA certificate to, in PEM" };
        Option<string[]> users = new("--user")
        {
            Description = "Name of a user to have; may be given several times",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string?> variants = new("--variants")
        {
            Description = "Variants to begin with, as JSON, for example '{\"wrapInData\": true}'",
        };
        Option<string?> preset = new("--preset")
        {
            Description = $"Variants to begin with, by name: {string.Join(", ", EmulatorVariants.Presets.Keys)}; --variants changes them",
        };
        Option<bool> verbose = new("--verbose") { Description = "Log every call" };
        var root = new RootCommand("A CARTO that runs on a laptop: token endpoint, MCP server, faults on demand.")
        {
            urls,
            port,
            hostNames,
            state,
            caOut,
            users,
            preset,
            variants,
            verbose,
        };
        root.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var loggers = LoggerFactory.Create(l =>
                    l.AddSimpleConsole(c => c.SingleLine = true)
                        .SetMinimumLevel(LogLevel.Warning)
                        .AddFilter("Carto.Emulator", parsed.GetValue(verbose) ? LogLevel.Debug : LogLevel.Warning)
                );
                try
                {
                    var options = new CartoEmulatorOptions
                    {
                        StateFile = parsed.GetValue(state),
                        HostNames = parsed.GetValue(hostNames) ?? [],
                        LoggerFactory = loggers,
                    };
                    List<Uri> listen = [.. (parsed.GetValue(urls) ?? []).Select(u => new Uri(u))];
                    if (parsed.GetValue(port) is { } number)
                    {
                        listen.Add(new Uri($"https://127.0.0.1:{number}"));
                    }

                    if (parsed.GetValue(preset) is { } name)
                    {
                        options = options with { Variants = EmulatorVariants.Preset(name) };
                    }

                    if (parsed.GetValue(variants) is { } patch)
                    {
                        options = options with { Variants = AdminEndpoints.Merge(options.Variants, JsonNode.Parse(patch)!.AsObject()) };
                    }

                    return await RunAsync(
                        listen.Count == 0 ? options : options with { Urls = listen },
                        parsed.GetValue(caOut),
                        parsed.GetValue(users) ?? [],
                        cancellationToken
                    );
                }
                catch (Exception e)
                    when (e
                            is IOException
                                or UnauthorizedAccessException
                                or ArgumentException
                                or FormatException
                                or JsonException
                                or InvalidOperationException
                    )
                {
                    await Console.Error.WriteLineAsync($"The emulator cannot start: {e.Message}");
                    return 1;
                }
            }
        );
        return root;
    }

    private static async Task<int> RunAsync(
        CartoEmulatorOptions options,
        string? caOut,
        string[] users,
        CancellationToken cancellationToken
    )
    {
        await using var emulator = await CartoEmulator.StartAsync(options, cancellationToken);
        if (caOut is not null)
        {
            await File.WriteAllTextAsync(caOut, emulator.CaPem, cancellationToken);
        }

        foreach (var user in users)
        {
            emulator.AddUser(user);
        }

        // One line for programs that wait for it, then one per user. Secrets are available at /admin/users, not on the console.
        Console.WriteLine(
            $"ready {string.Join(' ', emulator.Urls)} token-url={emulator.TokenUrl} admin={new Uri(emulator.BaseUrl, "admin")}"
        );
        foreach (var user in emulator.Users)
        {
            Console.WriteLine($"user {user.Name} account={user.AccountId} client-id={user.ClientId} mcp={emulator.McpUrl(user)}");
        }

        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, options.TimeProvider, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Normal exit on Ctrl-C or SIGTERM.
        }

        return 0;
    }
}
