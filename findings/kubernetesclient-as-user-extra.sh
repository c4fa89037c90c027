#!/usr/bin/env bash
# KubernetesClient for .NET cannot load a kubeconfig that impersonates with extra fields: it models as-user-extra as one text per key,
# while a kubeconfig has a list of texts (client-go: map[string][]string). The whole file is refused, also for a context that uses
# another user. Without extra fields, as and as-groups are read and then not used: no property of the configuration holds them.
#
# Seen with KubernetesClient 21.0.8 on .NET 10: YamlException for the file with as-user-extra; a configuration without a trace of the
# impersonated user for the file without. The script fails when either changes.
set -euo pipefail
version=21.0.8
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

write() {
  cat >"$1" <<CONFIG
apiVersion: v1
kind: Config
current-context: plain
contexts:
- {name: plain, context: {cluster: c, user: plain}}
- {name: other, context: {cluster: c, user: other}}
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users:
- {name: plain, user: {token: t, as: alice, as-groups: [team]}}
- {name: other, user: {token: t, as: alice$2}}
CONFIG
}
write without ''
write with ', as-user-extra: {scopes: [view]}'

cat >finding.csproj <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="KubernetesClient" Version="$version" />
  </ItemGroup>
</Project>
PROJECT
cat >Program.cs <<'PROGRAM'
using k8s;

foreach (var file in args)
{
    try
    {
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigFile(file);
        var texts = typeof(KubernetesClientConfiguration).GetProperties()
            .Where(property => property.PropertyType == typeof(string))
            .Select(property => property.GetValue(configuration) as string);
        Console.WriteLine($"{file}: loaded, impersonates {(texts.Contains("alice") ? "alice" : "nobody")}");
    }
    catch (Exception exception)
    {
        Console.WriteLine($"{file}: {exception.GetType().Name}");
    }
}
PROGRAM

dotnet run --verbosity quiet -- without with | tee output
[ "$(cat output)" = $'without: loaded, impersonates nobody\nwith: YamlException' ] || { echo "this changed" >&2; exit 1; }
