using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Reliability.World;

/// <summary>Deployments that are restarted with new pairs, and the pairs that their Secrets have held.</summary>
internal sealed class RestartedWorkloads(MatrixWorld world)
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> _pairs = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    /// <summary>Names of the Deployments that are restarted for the pair of the resource of the same name.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Adds a Deployment that uses the pair of the resource of the same name.</summary>
    public async Task AddAsync(string name, CancellationToken cancellationToken)
    {
        var labels = new Dictionary<string, string> { ["app"] = name };
        await world.Server.Client.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = name },
                Spec = new V1DeploymentSpec
                {
                    Selector = new V1LabelSelector { MatchLabels = labels },
                    Template = new V1PodTemplateSpec
                    {
                        Metadata = new V1ObjectMeta { Labels = labels },
                        Spec = new V1PodSpec { Containers = [new V1Container { Name = "main", Image = "example.com/etl" }] },
                    },
                },
            },
            world.Namespace,
            cancellationToken: cancellationToken
        );
        _names.Add(name);
        await NoteAsync((await world.GetAsync(name, cancellationToken))!);
    }

    /// <summary>The IDs of the clients whose pairs a Secret is known to have held.</summary>
    public IReadOnlyCollection<string> PairsIn(string secret) => _pairs.TryGetValue(secret, out var ids) ? [.. ids.Keys] : [];

    /// <summary>Notes the pair that the Secret of a resource holds now.</summary>
    public async Task NoteAsync(M2MOAuthClient resource)
    {
        var name = CredentialsSecrets.NameOf(resource);
        if (
            await world.Secrets.GetAsync(world.Key(name), CancellationToken.None) is { } secret
            && secret.Metadata.Annotations.Find(WireNames.Annotations.ClientId) is { } id
        )
        {
            _pairs.GetOrAdd(name, _ => new ConcurrentDictionary<string, bool>(StringComparer.Ordinal))[id] = true;
        }
    }
}
