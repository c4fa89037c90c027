using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Access;
using Operator.Carto;
using Operator.Commands.Tools;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary><c>operator import</c>: generates resources that adopt existing clients in CARTO.</summary>
internal static class ImportCommand
{
    private const string Description = """
        List the clients of an account, or write resources that adopt those of them that are chosen with --select or --all.

        The resources are written to standard output, as YAML or with -o json as a list, for kubectl apply. Nothing is changed in the cluster or in
        CARTO. Adoption renames a client; deletionPolicy: Retain keeps it when the resource is deleted. Clients that a resource has already, those that
        bear the mark of another one, and the one that the account itself logs in with, are never chosen. A ClusterCartoAccount must allow an adoption
        in its spec.adoption: import says what to add there.

        Exit codes: 0 done; 1 something else is wrong, such as a cluster that does not answer; 2 an option is wrong, or nothing was chosen; 3 to 7 the
        account does not work, see operator check; 130 or 143 interrupted.
        """;

    public static Command Create(Terminal terminal)
    {
        var account = AccountArgument.Create(
            "clustercartoaccount/NAME, or cartoaccount/NAME; without it the ClusterCartoAccount named default"
        );
        var cluster = new ClusterSettings("Namespace of the resources that are written, and of a cartoaccount");
        var select = new Option<string[]>("--select")
        {
            HelpName = "NAME|ID",
            Description = "Choose a client by its ID, or by its name, in which * and ? are wildcards; may be given several times",
        };
        var all = Flags.Create("--all", "Choose every client that may be adopted");
        var format = Output.CreateSetting();
        var progress = Progress.CreateFlag();
        var command = new Command("import", Description) { account, select, all, format.Option, progress };
        foreach (var setting in cluster.All)
        {
            command.Add(setting.Option);
        }

        return command.Does(terminal, async (parsed, cancellationToken) =>
        {
            var form = format.Read(parsed, terminal.Environment);
            var choice = new ClientChoice(parsed.GetValue(select) ?? [], parsed.GetValue(all));
            using var open = Cluster.Open(cluster, parsed, terminal);
            var key = parsed.GetValue(account) is { } named ? AccountArgument.Read(named, open.Namespace) : AccountArgument.Default;
            var resource = await open.ReadAccountAsync(key, cancellationToken);
            var options = await open.ReadOptionsAsync(resource, cancellationToken);
            await using var carto = new CartoApiFactory(terminal.Time, NullLoggerFactory.Instance).Create(options);

            // Read resources after the list, so as not to miss adoptions in between.
            var (listed, gap) = await carto.Clients.ListAsync(cancellationToken);
            if (gap is not null)
            {
                await terminal.Error.WriteLineAsync($"operator: CARTO's list of clients could not be read fully: {TextTable.Clean(gap)}");
            }

            var records = await ClusterRecords.ReadResourcesAsync(open.Api, key.Namespace, cancellationToken);
            var login = AccountOwners.LoginOf(options.Credentials, (await carto.ObtainTokenAsync(cancellationToken)).UserId);
            var found = FoundClient.Of(listed, records, new AdoptionPolicy(key, resource.Spec.Adoption, login));
            if (choice.IsEmpty)
            {
                terminal.Output.Write(form, found, ToolJsonContext.Readable.IReadOnlyListFoundClient, output => WriteTable(output, found));
                return ExitCodes.Stopped;
            }

            var chosen = choice.Of(found);
            foreach (var note in choice.Notes)
            {
                await terminal.Error.WriteLineAsync($"operator: {TextTable.Clean(note)}");
            }

            if (chosen.Count == 0)
            {
                throw new InvalidSettingException("no client was chosen: operator import without --select and --all lists what there is");
            }

            var manifests = new AdoptionManifests(key, open.Namespace, records);
            var say = Progress.Of(parsed, progress, terminal);
            foreach (var client in chosen)
            {
                say.Say($"reading {client.ClientId} ({manifests.Count + 1} of {chosen.Count})");
                var known = await carto.Clients.GetAsync(client.ClientId, cancellationToken);
                manifests.Add(client, isSecretKnown: known?.Secret is not null);
            }

            terminal.Output.Write(
                form == OutputFormat.Json
                    ? JsonSerializer.Serialize<JsonNode>(manifests.ToList(), ToolJsonContext.Readable.JsonNode) + '\n'
                    : manifests.ToYaml()
            );
            if (
                chosen.Where(client => client.State == FoundState.NotAllowed).Select(client => client.ClientId).ToArray() is [_, ..] refused
            )
            {
                await terminal.Error.WriteLineAsync(
                    TextTable.Clean(
                        $"operator: {key} does not allow all of these to be adopted: add to its spec.adoption.clientIds {string.Join(", ", refused)}"
                    )
                );
            }

            return ExitCodes.Stopped;
        });
    }

    private static void WriteTable(TextWriter output, IReadOnlyList<FoundClient> found)
    {
        var table = new TextTable("CLIENT ID", "NAME", "CREATED", "STATE");
        foreach (var client in found)
        {
            table.Add(client.ClientId, client.Name, client.CreatedAt?.ToString("yyyy-MM-dd", null), client.Describe());
        }

        table.Write(output);
    }
}
