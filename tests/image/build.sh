#!/usr/bin/env bash
# Builds the image of the Dockerfile with buildah where no registry can be reached, on base images that stand in for Microsoft's: the same
# libraries, from this machine, on next to nothing. Then runs it as Kubernetes would, and checks what is promised of it.
# Prints the size of the image. Needs root, and Debian's packages buildah and busybox, which it installs where it may.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
.ci/need dotnet buildah busybox
[ -e /usr/share/zoneinfo/Europe/Madrid ] || { echo "image: time zones are missing: install Debian's package tzdata" >&2; exit 1; }

version=$(sed -n 's/.*<VersionPrefix>\(.*\)<.*/\1/p' Directory.Build.props)
revision=$(git rev-parse HEAD)
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
work=$(mktemp -d)
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
store=(--root "$work/storage" --runroot "$work/run")
trap 'buildah "${store[@]}" rm --all >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
fail() { echo "image: $*" >&2; exit 1; }

# The libraries that .NET loads, and those that they load in turn.
libraries() {
  local native=$dotnet/shared/Microsoft.NETCore.App/*/ found
  found=$(ls /usr/lib/*/libssl.so.3 /usr/lib/*/libcrypto.so.3 /lib/*/libz.so.1 2>/dev/null)
  { echo "$found"; ldd $found "$dotnet/dotnet" $native*.so | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^\t\(\/[^ ]*ld-linux[^ ]*\).*/\1/p'; } | sort -u
}

# stand_in NAME: an image of the libraries, certificates and a user; the SDK's has a shell and time zones as well.
stand_in() {
  local name=$1 root=$work/$1 container
  mkdir -p "$root"/{etc/ssl,tmp,usr/bin,bin,root,proc,dev}
  chmod 1777 "$root/tmp"
  libraries | xargs -I{} cp --parents -L {} "$root"
  cp -rL /etc/ssl/certs "$root/etc/ssl/"
  printf 'root:x:0:0::/root:/sbin/nologin\napp:x:1654:1654::/home/app:/sbin/nologin\n' >"$root/etc/passwd"
  if [ "$name" = sdk ]; then
    ln -s /usr/share/dotnet/dotnet "$root/usr/bin/dotnet"
    cp "$(command -v busybox)" "$root/bin/busybox"
    ln -s busybox "$root/bin/sh"
    mkdir -p "$root/usr/share"
    cp -a /usr/share/zoneinfo "$root/usr/share/"
  fi
  container=$(buildah "${store[@]}" from scratch)
  buildah "${store[@]}" copy -q "$container" "$root" / >/dev/null
  buildah "${store[@]}" config --env PATH=/usr/bin:/bin --env DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 --env DOTNET_CLI_TELEMETRY_OPTOUT=1 "$container"
  buildah "${store[@]}" commit -q "$container" "stand-in-$name" >/dev/null
  buildah "${store[@]}" rm "$container" >/dev/null
}

echo "image: making base images" >&2
stand_in runtime
# The SDK itself is not copied: the build sees this machine's.
stand_in sdk
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}

echo "image: building" >&2
buildah "${store[@]}" build --pull-never --network host --format docker --tag "carto-operator:$version" \
  --volume "$dotnet:/usr/share/dotnet:ro" --volume "$packages:/root/.nuget/packages" --volume "$HOME/.nuget/NuGet:/root/.nuget/NuGet:ro" \
  --build-arg SDK_IMAGE=localhost/stand-in-sdk --build-arg RUNTIME_IMAGE=localhost/stand-in-runtime \
  --build-arg TARGETARCH="$(dpkg --print-architecture)" --build-arg VERSION="$version" --build-arg REVISION="$revision" . >&2

echo "image: checking" >&2
inspect() { buildah "${store[@]}" inspect --type image --format "$1" "carto-operator:$version"; }
[ "$(inspect '{{.OCIv1.Config.User}}')" = 1654:1654 ] || fail "it runs as $(inspect '{{.OCIv1.Config.User}}')"
[ "$(inspect '{{index .OCIv1.Config.Labels "org.opencontainers.image.version"}}')" = "$version" ] || fail "the label of its version is wrong"
[ "$(inspect '{{.OCIv1.Config.Entrypoint}}')" = '[/app/operator]' ] || fail "its entry point is $(inspect '{{.OCIv1.Config.Entrypoint}}')"
container=$(buildah "${store[@]}" from --pull-never "carto-operator:$version")
root=$(buildah "${store[@]}" mount "$container")
for shell in sh bash dash ash busybox; do
  [ -z "$(find "$root" -name $shell -not -type d)" ] || fail "there is a shell in it: $shell"
done
[ -z "$(find "$root/app" -perm /022 -not -type l)" ] || fail "others than root may write in /app"

# As in a pod: not root, a root file system that nobody can write to, and a service account of a cluster that does not answer.
pod=$work/pod
mkdir -p "$pod" "$root/var/run/secrets/kubernetes.io/serviceaccount"
printf token >"$pod/token"
printf carto-operator >"$pod/namespace"
find -L /etc/ssl/certs -name '*.pem' -print -quit | xargs -I{} cp {} "$pod/ca.crt"
chmod -R a+rX "$work/pod"
path=$(inspect '{{range .OCIv1.Config.Env}}{{println .}}{{end}}' | sed -n 's/^PATH=//p')
# Becomes what it runs, so that $! is that. The first argument: yes for a service account, no for none.
as_in_a_pod() {
  local account=$1
  shift
  exec unshare --mount sh -c '
    root=$1; pod=$2; account=$3; path=$4; shift 4
    mount --rbind "$root" "$root" && mount -o remount,bind,ro "$root" || exit
    mount --rbind /proc "$root/proc" && mount --rbind /dev "$root/dev" || exit
    cluster=
    if [ $account = yes ]; then
      mount --bind "$pod" "$root/var/run/secrets/kubernetes.io/serviceaccount" || exit
      cluster="KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT=1"
    fi
    exec env -i PATH="$path:$PATH" DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_EnableDiagnostics=0 $cluster \
      setpriv --no-new-privs chroot --userspec=1654:1654 "$root" "$@"' _ "$root" "$pod" "$account" "$path" "$@" 2>&1
}
now() { date +%s%3N; }
answer() {
  local port=$1 path=$2
  { exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'GET %s HTTP/1.0\r\n\r\n' "$path" >&3 && head -n 1 <&3; } 2>/dev/null
}

started=$(now)
said=$(as_in_a_pod no operator version) || true
took=$(($(now) - started))
echo "image: operator version says: $said" >&2
[ "${said%%+*}" = "$version" ] || fail "it does not run, or is not on the path $path"
said=$(as_in_a_pod no operator schedule '0 3 1 1 *' --time-zone Europe/Madrid) || fail "it cannot read a schedule with a time zone: $said"
[[ $said == *-01-01T03:00:00+01:00* ]] || fail "three in the morning in Madrid is for it $said"
said=$(as_in_a_pod no /app/operator run) && fail "it ran without a cluster" || true
[[ $said == "operator: no cluster:"* ]] || fail "without a cluster it says: $said"

started=$(now)
(as_in_a_pod yes /app/operator run --health-port=127.0.0.1:0 --metrics-port=off) >"$work/log" &
operator=$!
for ((attempt = 0; attempt < 600; attempt++)); do
  port=$(sed -n '/health is at/{s/.*health is at http:\/\/127.0.0.1:\([0-9]*\).*/\1/p;q}' "$work/log")
  [ -z "$port" ] || [[ $(answer "$port" /livez) != *" 200 "* ]] || break
  kill -0 $operator 2>/dev/null || { cat "$work/log" >&2; fail "it ended, although a cluster that does not answer is no reason to"; }
  sleep 0.05
done
lives=$(($(now) - started))
[ $attempt -lt 600 ] || { cat "$work/log" >&2; fail "it does not say that it lives"; }
kill $operator
wait $operator || { code=$?; cat "$work/log" >&2; fail "told to stop, it ends with exit code $code"; }

size=$(du -sm "$root" | cut -f1)
own=$(du -sm "$root/app" | cut -f1)
echo "image: operator version took $took ms, operator run lived after $lives ms" >&2
echo "image carto-operator:$version: $size MB unpacked, $own MB of them the operator"
