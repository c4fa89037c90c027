using Operator.TestKit;

[assembly: AssemblyFixture(typeof(KubernetesServer))]
[assembly: ShowServerLog]
