using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Carto.Emulator;

/// <summary>
/// <c>/admin</c>: the in-process API for other processes on this machine. It exposes all secrets, so it only serves local callers.
/// </summary>
internal static class AdminEndpoints
{
    private static readonly AdminJsonContext Json = AdminJsonContext.Default;

    public static void Map(IEndpointRouteBuilder app, CartoEmulator emulator)
    {
        var admin = app.MapGroup("/admin");
        Route(admin, "GET", "", _ => Ok(About(emulator), Json.JsonObject));

        Route(admin, "GET", "/variants", _ => Ok(emulator.Variants, Json.EmulatorVariants));
        Route(admin, "PATCH", "/variants", async context =>
        {
            emulator.Variants = Merge(emulator.Variants, await ReadAsync(context, Json.JsonObject));
            return Ok(emulator.Variants, Json.EmulatorVariants);
        });
        Route(admin, "DELETE", "/variants", _ => Ok(emulator.Variants = new EmulatorVariants(), Json.EmulatorVariants));

        Route(admin, "GET", "/faults", _ => Ok(emulator.Faults.Current, Json.IReadOnlyListFault));
        Route(admin, "POST", "/faults", async context =>
        {
            var fault = await ReadAsync(context, Json.JsonObject);
            if (!fault.ContainsKey("kind"))
            {
                throw new CartoRefusal(StatusCodes.Status400BadRequest, "A fault needs a kind");
            }

            emulator.Faults.Add(Merge(new Fault { Kind = default }, fault, Json.Fault));
            return Ok(emulator.Faults.Current, Json.IReadOnlyListFault);
        });
        Route(admin, "DELETE", "/faults", _ =>
        {
            emulator.Faults.Clear();
            return Nothing;
        });

        Route(admin, "GET", "/users", _ => Ok(emulator.Users, Json.IReadOnlyListEmulatorUser));
        Route(admin, "POST", "/users", async context =>
        {
            var user = await ReadAsync(context, Json.AdminUser);
            return Ok(emulator.AddUser(user.Name, user.AccountId, user.Role, user.Plan), Json.EmulatorUser);
        });
        Route(admin, "POST", "/users/{name}/tokens/{kind}", context => Ok(IssueToken(emulator, context), Json.JsonObject));
        Route(admin, "POST", "/tokens/end", _ =>
        {
            emulator.EndAllAccessTokens();
            return Nothing;
        });

        Route(admin, "GET", "/clients", context => Ok(Clients(emulator, context.Request.Query), Json.IReadOnlyListEmulatorClient));
        Route(admin, "PATCH", "/clients/{id}", async context =>
        {
            var client = Client(emulator, context);
            return Ok(emulator.RenameClient(client.Id, (await ReadAsync(context, Json.AdminRename)).Name), Json.EmulatorClient);
        });
        Route(admin, "DELETE", "/clients/{id}", context =>
        {
            emulator.DeleteClient(Client(emulator, context).Id);
            return Nothing;
        });

        Route(admin, "GET", "/calls", _ => Ok(emulator.Calls.Latest, Json.IReadOnlyListCallRecord));
        Route(admin, "GET", "/calls/counts", _ => Ok(Counts(emulator.Calls), Json.JsonObject));
        Route(admin, "DELETE", "/calls", _ =>
        {
            emulator.Calls.Reset();
            return Nothing;
        });

        Route(admin, "GET", "/secrets", _ => Ok(emulator.SecretsEverIssued, Json.IReadOnlyCollectionString));
    }

    /// <summary>
    /// Variants with the members of a patch replaced; objects merge, all else is replaced (RFC 7396, but null is a value). The member
    /// <c>preset</c> replaces all others first.
    /// </summary>
    internal static EmulatorVariants Merge(EmulatorVariants variants, JsonObject patch) =>
        patch.Remove("preset", out var preset)
            ? Merge(EmulatorVariants.Preset(preset?.ToString() ?? ""), patch, Json.EmulatorVariants)
            : Merge(variants, patch, Json.EmulatorVariants);

    /// <summary>
    /// A record with some members replaced. The others come from <paramref name="original"/>, because generated readers forget the initial
    /// values of init-only members.
    /// </summary>
    private static T Merge<T>(T original, JsonObject patch, JsonTypeInfo<T> type)
    {
        var merged = JsonSerializer.SerializeToNode(original, type)!.AsObject();
        foreach (var (name, value) in patch)
        {
            if (value is JsonObject inner && merged[name] is JsonObject old)
            {
                foreach (var (innerName, innerValue) in inner)
                {
                    old[innerName] = innerValue?.DeepClone();
                }
            }
            else
            {
                merged[name] = value?.DeepClone();
            }
        }

        return merged.Deserialize(type)!;
    }

    private static (byte[] Body, int Status) Nothing => ([], StatusCodes.Status204NoContent);

    private static (byte[] Body, int Status) Ok<T>(T value, JsonTypeInfo<T> type) =>
        (JsonSerializer.SerializeToUtf8Bytes(value, type), StatusCodes.Status200OK);

    private static void Route(
        RouteGroupBuilder admin,
        string method,
        string pattern,
        Func<HttpContext, (byte[] Body, int Status)> handle
    ) => Route(admin, method, pattern, context => Task.FromResult(handle(context)));

    private static void Route(
        RouteGroupBuilder admin,
        string method,
        string pattern,
        Func<HttpContext, Task<(byte[] Body, int Status)>> handle
    ) =>
        admin.MapMethods(
            pattern,
            [method],
            (RequestDelegate)(
                async context =>
                {
                    if (!await ThisMachine.AdmitsAsync(context))
                    {
                        return;
                    }

                    try
                    {
                        var (body, status) = await handle(context);
                        context.Response.StatusCode = status;
                        if (body.Length > 0)
                        {
                            await Answers.WriteAsync(context, "application/json; charset=utf-8", body);
                        }
                    }
                    catch (CartoRefusal refusal)
                    {
                        await Answers.WriteErrorAsync(context, refusal.Status, refusal.Message);
                    }
                    catch (Exception e) when (e is JsonException or ArgumentException)
                    {
                        await Answers.WriteErrorAsync(context, StatusCodes.Status400BadRequest, e.Message);
                    }
                }
            )
        );

    private static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type) =>
        await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
        ?? throw new CartoRefusal(StatusCodes.Status400BadRequest, "A body is needed");

    private static JsonObject About(CartoEmulator emulator) =>
        new()
        {
            ["baseUrl"] = emulator.BaseUrl.ToString(),
            ["tokenUrl"] = emulator.TokenUrl.ToString(),
            ["audience"] = emulator.Audience,
            ["publicClientId"] = EmulatorUser.PublicClientId,
            ["caPem"] = emulator.CaPem,
        };

    private static JsonObject IssueToken(CartoEmulator emulator, HttpContext context)
    {
        var user = FindUser(emulator, (string)context.Request.RouteValues["name"]!);
        var kind = (string)context.Request.RouteValues["kind"]!;
        var token = kind switch
        {
            "access" => emulator.IssueAccessToken(user),
            "refresh" => emulator.IssueRefreshToken(user),
            "api" => emulator.IssueApiAccessToken(user),
            _ => throw new CartoRefusal(StatusCodes.Status404NotFound, "A token is one of access, refresh, api"),
        };
        return new JsonObject { ["token"] = token };
    }

    private static IReadOnlyList<EmulatorClient> Clients(CartoEmulator emulator, IQueryCollection query)
    {
        var clients = emulator.AllClients();
        if (query["user"].FirstOrDefault() is { } name)
        {
            var userId = FindUser(emulator, name).UserId;
            clients = [.. clients.Where(c => c.UserId == userId)];
        }

        return query["deleted"] == "true" ? clients : [.. clients.Where(c => c.IsLive)];
    }

    private static EmulatorUser FindUser(CartoEmulator emulator, string name) =>
        emulator.Users.FirstOrDefault(u => u.Name == name)
        ?? throw new CartoRefusal(StatusCodes.Status404NotFound, $"There is no user {name}");

    private static EmulatorClient Client(CartoEmulator emulator, HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        return emulator.AllClients().FirstOrDefault(c => c.Id == id && c.IsLive) ?? throw Refusals.NotFound(id);
    }

    private static JsonObject Counts(CallLog calls)
    {
        JsonObject counts = [];
        foreach (var operation in calls.Counts.GroupBy(c => c.Key.Operation).OrderBy(g => g.Key))
        {
            JsonObject outcomes = [];
            foreach (var ((_, outcome), count) in operation)
            {
                outcomes[outcome] = count;
            }

            counts[operation.Key.ToString()] = outcomes;
        }

        return counts;
    }
}
