using Operator.Manifests;
using Operator.Manifests.Output;

const string Usage = """
    Writes the manifests that are made from the C# types: config/crd and config/rbac.

    Options:
      --verify      change nothing; exit 1 and name what differs when a file is not as it would be written
      --output DIR  the folder that config/ is in; by default the repository that the current folder is part of
      --help        show this text
    """;

var verify = false;
string? root = null;
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--verify":
            verify = true;
            break;
        case "--output" when i + 1 < args.Length:
            root = args[++i];
            break;
        case "--help" or "-h":
            Console.WriteLine(Usage);
            return 0;
        default:
            Console.Error.WriteLine($"Not understood: {args[i]}\n\n{Usage}");
            return 2;
    }
}

root ??= Repository.Find(Environment.CurrentDirectory);
if (root is null)
{
    Console.Error.WriteLine("The current folder is not part of the repository: name a folder with --output.");
    return 2;
}

var files = ManifestSet.Generate();
if (!verify)
{
    var written = new FileTree(root).Write(files);
    Console.WriteLine(written.Count == 0 ? "All manifests are up to date." : $"Written: {string.Join(", ", written)}");
    return 0;
}

var differences = new FileTree(root).Verify(files);
foreach (var difference in differences)
{
    Console.Error.WriteLine(difference);
}

Console.WriteLine(differences.Count == 0 ? "All manifests are up to date." : "Run `make generate` and commit the result.");
return differences.Count == 0 ? 0 : 1;
