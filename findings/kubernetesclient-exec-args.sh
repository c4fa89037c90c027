#!/usr/bin/env bash
# KubernetesClient for .NET joins the arguments of a kubeconfig's credential plugin with spaces, so that an argument with a space
# arrives as two. client-go (kubectl) passes each as it is written.
#
# Seen with KubernetesClient 21.0.8 on .NET 10: the plugin of this script is given the two arguments "--role" and "data platform" and
# reports three. The script fails when the number of arguments that arrive is another one, which would mean that the behavior changed.
set -euo pipefail
version=21.0.8
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >plugin.sh <<'PLUGIN'
#!/bin/sh
echo "$#" >"$(dirname "$0")/count"
for argument; do echo "argument: $argument" >>"$(dirname "$0")/arguments"; done
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"none"}}'
PLUGIN
chmod +x plugin.sh

cat >kubeconfig <<CONFIG
apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users:
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: $folder/plugin.sh
      interactiveMode: Never
      args: ["--role", "data platform"]
CONFIG

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
echo 'k8s.KubernetesClientConfiguration.BuildConfigFromConfigFile("kubeconfig");' >Program.cs

dotnet run --verbosity quiet
echo "KubernetesClient $version: two arguments were configured, $(cat count) arrived:"
cat arguments
[ "$(cat count)" = 3 ] || { echo "this changed: three were expected" >&2; exit 1; }
