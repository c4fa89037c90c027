using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fluid;
using Fluid.Values;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;

namespace Operator.Secrets;

/// <summary>Renders credentials and endpoints into the data of a credentials Secret, in the shape the spec asks for.</summary>
internal static class SecretRenderer
{
    /// <summary>Maximum total size of the values: Kubernetes rejects Secrets of more than 1 MiB.</summary>
    internal const int MaxBytes = 900 * 1024;

    /// <summary>Part of each fingerprint: increment when the same inputs render differently.</summary>
    private const int Version = 1;

    /// <summary>Longest client ID a resource can name, and a secret eight times as long as Auth0's.</summary>
    private const int LongestId = 256;
    private const int LongestSecret = 512;

    private const int MaxSteps = 10_000;
    private const int MaxRecursion = 32;

    private const string JsonFilter = "json";

    private static readonly string[] Filters =
    [
        "append",
        "base64_encode",
        "capitalize",
        "default",
        "downcase",
        "escape",
        JsonFilter,
        "prepend",
        "strip",
        "upcase",
        "url_encode",
    ];

    private static readonly string ExampleId = new('i', LongestId);
    private static readonly string ExampleSecret = new('s', LongestSecret);
    private static readonly Endpoints Example = new("https://api.example.com", "https://auth.example.com/oauth/token", "audience");

    private static readonly FluidParser Parser = CreateParser();
    private static readonly TemplateOptions Options = CreateOptions();

    /// <summary>
    /// What is wrong with the shape, for its author; null if its Secret can be written. Renders it with credentials as long as any CARTO
    /// may issue, so that no client is created whose Secret would be rejected.
    /// </summary>
    /// <param name="spec">The shape.</param>
    /// <param name="endpoints">The endpoints for the Secret; null if unknown.</param>
    public static string? Problem(SecretSpec? spec, Endpoints? endpoints = null)
    {
        if (spec is null)
        {
            return null;
        }

        foreach (var (key, text) in Sorted(spec.Template) ?? [])
        {
            if (!Parser.TryParse(text, out _, out var error))
            {
                return $"{Field(key)} is not a valid template: {error}";
            }
        }

        try
        {
            return SecretShape.Problem(spec.Type, Render(spec, ExampleId, ExampleSecret, endpoints ?? Example, isExample: true));
        }
        catch (SecretRenderException e)
        {
            return e.Message;
        }
    }

    /// <summary>The data of the Secret.</summary>
    /// <exception cref="SecretRenderException">A template cannot be rendered, or the data is too large.</exception>
    public static IReadOnlyDictionary<string, byte[]> Render(
        SecretSpec? spec,
        string clientId,
        Sensitive clientSecret,
        Endpoints endpoints
    ) => Render(spec, clientId, clientSecret.Reveal(), endpoints, isExample: false);

    private static Dictionary<string, byte[]> Render(SecretSpec? spec, string clientId, string secret, Endpoints endpoints, bool isExample)
    {
        var keys = spec?.Keys;
        var data = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [ClientIdKey(spec)] = Encoding.UTF8.GetBytes(clientId),
            [ClientSecretKey(spec)] = Encoding.UTF8.GetBytes(secret),
            [keys?.ApiBaseUrl ?? WireNames.SecretKeys.ApiBaseUrl] = Encoding.UTF8.GetBytes(endpoints.ApiBaseUrl),
            [keys?.TokenUrl ?? WireNames.SecretKeys.TokenUrl] = Encoding.UTF8.GetBytes(endpoints.TokenUrl),
            [keys?.Audience ?? WireNames.SecretKeys.Audience] = Encoding.UTF8.GetBytes(endpoints.Audience),
        };

        if (spec?.CredentialsFile is { } file)
        {
            data[file] = CredentialsFile(clientId, secret, endpoints);
        }

        var total = data.Values.Sum(v => v.Length);
        foreach (var (key, text) in Sorted(spec?.Template) ?? [])
        {
            var value = RenderTemplate(key, text, clientId, secret, endpoints, isExample);
            total += value.Length;
            if (total > MaxBytes)
            {
                throw TooLarge(key);
            }

            data[key] = value;
        }

        return data;
    }

    /// <summary>The data key that holds the client ID.</summary>
    public static string ClientIdKey(SecretSpec? spec) => spec?.Keys?.ClientId ?? WireNames.SecretKeys.ClientId;

    /// <summary>The data key that holds the client secret.</summary>
    public static string ClientSecretKey(SecretSpec? spec) => spec?.Keys?.ClientSecret ?? WireNames.SecretKeys.ClientSecret;

    /// <summary>Identifies the public inputs a Secret was rendered from. Excludes the credentials.</summary>
    public static string Fingerprint(SecretSpec? spec, Endpoints endpoints)
    {
        spec ??= new SecretSpec();
        var inOrder = spec with { Labels = Sorted(spec.Labels), Annotations = Sorted(spec.Annotations), Template = Sorted(spec.Template) };

        var inputs = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(inputs))
        {
            json.WriteStartArray();
            json.WriteNumberValue(Version);
            JsonSerializer.Serialize(json, inOrder, ContractsJsonContext.Default.SecretSpec);
            json.WriteStringValue(endpoints.ApiBaseUrl);
            json.WriteStringValue(endpoints.TokenUrl);
            json.WriteStringValue(endpoints.Audience);
            json.WriteEndArray();
        }

        return Convert.ToHexStringLower(SHA256.HashData(inputs.WrittenSpan).AsSpan(0, 8));
    }

    /// <summary>
    /// Liquid without loops: there is nothing to loop over, and a range such as (1..2000000000) is materialized before any limit applies.
    /// </summary>
    private static FluidParser CreateParser()
    {
        var parser = new FluidParser();
        parser.RegisteredTags.Remove("for");
        parser.RegisteredTags.Remove("tablerow");
        return parser;
    }

    /// <summary>
    /// Only filters whose output is at most a few times as large as their input, with each result bounded: <c>replace</c>, <c>split</c> or
    /// <c>join</c> could multiply sizes in one step.
    /// </summary>
    private static TemplateOptions CreateOptions()
    {
        var options = new TemplateOptions
        {
            MaxSteps = MaxSteps,
            MaxRecursion = MaxRecursion,
            StrictVariables = true,
            StrictFilters = true,
            CultureInfo = CultureInfo.InvariantCulture,
            Assigned = (_, value, _) => Bounded(value),
            Captured = (_, value, _) => Bounded(value),
        };

        var allowed = options.Filters.Where(filter => filter.Key != JsonFilter && Filters.Contains(filter.Key)).ToList();
        options.Filters.Clear();
        foreach (var (name, filter) in allowed)
        {
            options.Filters.AddFilter(name, async (input, arguments, context) => await Bounded(await filter(input, arguments, context)));
        }

        options.Filters.AddFilter(JsonFilter, static (input, _, _) => Bounded(ToJson(input)));
        return options;
    }

    /// <summary>
    /// Fluid's own filter serializes arbitrary objects by reflection. Here there are only strings, numbers, booleans and ranges.
    /// </summary>
    private static StringValue ToJson(FluidValue value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            Write(json, value);
        }

        return new StringValue(Encoding.UTF8.GetString(bytes.WrittenSpan));

        static void Write(Utf8JsonWriter json, FluidValue value)
        {
            switch (value)
            {
                case StringValue text:
                    json.WriteStringValue(text.ToStringValue());
                    break;
                case NumberValue number:
                    json.WriteNumberValue(number.ToNumberValue());
                    break;
                case BooleanValue truth:
                    json.WriteBooleanValue(truth.ToBooleanValue());
                    break;
                case ArrayValue list:
                    json.WriteStartArray();
                    foreach (var item in list.Values)
                    {
                        Write(json, item);
                    }

                    json.WriteEndArray();
                    break;
                default:
                    json.WriteNullValue();
                    break;
            }
        }
    }

    /// <summary>Limiting steps does not bound memory: a variable appended to itself doubles with each step.</summary>
    private static ValueTask<FluidValue> Bounded(FluidValue value)
    {
        var tooLarge = value switch
        {
            StringValue text => text.ToStringValue().Length > MaxBytes,
            ArrayValue array => array.Values.Count > MaxSteps,
            _ => false,
        };
        return tooLarge ? throw new InvalidOperationException("A variable is too large.") : ValueTask.FromResult(value);
    }

    private static byte[] CredentialsFile(string clientId, string secret, Endpoints endpoints)
    {
        var file = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(file))
        {
            json.WriteStartObject();
            json.WriteString("api_base_url", endpoints.ApiBaseUrl);
            json.WriteString("client_id", clientId);
            json.WriteString("client_secret", secret);
            json.WriteEndObject();
        }

        return file.WrittenSpan.ToArray();
    }

    private static byte[] RenderTemplate(string key, string text, string clientId, string secret, Endpoints endpoints, bool isExample)
    {
        if (!Parser.TryParse(text, out var template, out _))
        {
            throw new SecretRenderException($"{Field(key)} is not a valid template.");
        }

        var context = new TemplateContext(Options);
        context.SetValue("clientId", new StringValue(clientId));
        context.SetValue("clientSecret", new StringValue(secret));
        context.SetValue("apiBaseUrl", new StringValue(endpoints.ApiBaseUrl));
        context.SetValue("tokenUrl", new StringValue(endpoints.TokenUrl));
        context.SetValue("audience", new StringValue(endpoints.Audience));

        try
        {
            using var output = new BoundedWriter(key);
            template.RenderAsync(output, context, NullEncoder.Default, true).AsTask().GetAwaiter().GetResult();
            return Encoding.UTF8.GetBytes(output.ToString());
        }
        catch (Exception e) when (e is not SecretRenderException)
        {
            // The exception may quote template input: keep its message only if that was not a real secret.
            throw new SecretRenderException(
                $"{Field(key)} cannot be rendered ({(isExample ? e.Message : e.GetType().Name)}): write only the variables "
                    + $"clientId, clientSecret, apiBaseUrl, tokenUrl and audience, the filters {string.Join(", ", Filters)}, and no loops."
            );
        }
    }

    private static SecretRenderException TooLarge(string key) =>
        new($"{Field(key)} makes the Secret too large: its values may have {MaxBytes / 1024} KiB together.");

    private static SortedDictionary<string, string>? Sorted(IReadOnlyDictionary<string, string>? map) =>
        map is null ? null : new SortedDictionary<string, string>(map.ToDictionary(), StringComparer.Ordinal);

    private static string Field(string key) => $"spec.secret.template[{key}]";

    /// <summary>Aborts rendering a template whose output is too large.</summary>
    private sealed class BoundedWriter(string key) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override void Write(char value)
        {
            MakeRoom(1);
            base.Write(value);
        }

        public override void Write(char[] buffer, int index, int count)
        {
            MakeRoom(count);
            base.Write(buffer, index, count);
        }

        public override void Write(ReadOnlySpan<char> buffer)
        {
            MakeRoom(buffer.Length);
            base.Write(buffer);
        }

        public override void Write(string? value)
        {
            MakeRoom(value?.Length ?? 0);
            base.Write(value);
        }

        private void MakeRoom(int count)
        {
            if (GetStringBuilder().Length + count > MaxBytes)
            {
                throw TooLarge(key);
            }
        }
    }
}

/// <summary>A Secret cannot be rendered. The message names the template and contains no value.</summary>
internal sealed class SecretRenderException(string message) : Exception(message);
