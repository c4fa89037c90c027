#!/usr/bin/env bash
# Builds the API server of the tests from Debian's Go and Debian's Kubernetes libraries, and prints where it is.
#   build.sh              the server; its path is the one line on stdout
#   build.sh test         runs the unit tests (gofmt, go test) with the same private Go
#   build.sh has-go       succeeds when the private Go is there
#   build.sh kubectl      Debian's kubectl; its path is the one line on stdout
# Works without root and leaves the system alone: packages are downloaded through a private apt root and unpacked in the
# user's cache folder. About 70 MB of downloads and 3 minutes on two cores when nothing is cached, nothing to do when the
# sources are those of an earlier build. DEBIAN_MIRROR names the mirror where apt's configuration does not.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
go_version=1.26
cache=${XDG_CACHE_HOME:-$HOME/.cache}/carto-operator/apiserver

fail() { echo "apiserver/build.sh: $*" >&2; exit 1; }
say() { echo "apiserver: $*" >&2; }

sources() { (cd "$here" && ls ./*.go | grep -v _test.go && ls ./go.mod ./packages.txt ./build.sh) | LC_ALL=C sort; }
key() { (cd "$here" && sources | xargs sha256sum | sha256sum | cut -c1-16); }

# One process at a time works in the cache folder; a second one waits and then finds the result.
lock() {
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock -n 9 || { say "waiting for another build"; flock 9; }
}

mirror() {
  local found=${DEBIAN_MIRROR:-}
  [ -n "$found" ] || found=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null | grep '/debian/*$' | head -1) || true
  [ -n "$found" ] || found=$(sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]+) .*/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | grep '/debian/*$' | head -1) || true
  printf '%s' "$found"
}

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Sets up apt in the cache folder: its own sources, lists and state, nothing of the system's.
private_apt() {
  local tool from apt=$cache/apt
  for tool in apt-get dpkg dpkg-deb flock; do
    command -v $tool >/dev/null || fail "needs Debian or a system derived from it ($tool is missing); see tests/apiserver/README.md for other servers to use"
  done
  [ -r $keyring ] || fail "needs Debian's archive keys ($keyring, package debian-archive-keyring); see tests/apiserver/README.md for other servers to use"
  from=$(mirror)
  [ -n "$from" ] || fail "apt's configuration names no Debian mirror; set DEBIAN_MIRROR, or see tests/apiserver/README.md for other servers to use"
  mkdir -p "$apt"/etc/{apt.conf.d,preferences.d,sources.list.d} "$apt"/state/lists/partial "$apt"/cache/archives/partial
  touch "$apt/state/status"
  echo "deb [signed-by=$keyring] $from sid main" >"$apt/etc/sources.list"
  cat >"$apt/apt.conf" <<CONF
Dir::Etc "$apt/etc"; Dir::Etc::sourcelist "$apt/etc/sources.list"; Dir::Etc::sourceparts "$apt/etc/sources.list.d"; Dir::Etc::parts "$apt/etc/apt.conf.d";
Dir::State "$apt/state"; Dir::State::status "$apt/state/status"; Dir::Cache "$apt/cache";
APT::Architecture "$(dpkg --print-architecture)"; APT::Architectures {}; Acquire::Languages "none"; Acquire::Retries "3";
Acquire::Check-Valid-Until "false"; Acquire::Check-Date "false"; Debug::NoLocking "true";
CONF
  if [ "$(id -u)" = 0 ]; then echo 'APT::Sandbox::User "root";' >>"$apt/apt.conf"; fi
  export APT_CONFIG=$apt/apt.conf
  say "reading the package lists of $from"
  apt-get update -q >&2
}

# unpack NAME PACKAGE...: downloads the packages once and unpacks them into $cache/NAME.
unpack() {
  local into=$cache/$1; shift
  local new=$into.new stamp
  stamp=$(printf '%s\n' "$@" | sha256sum | cut -c1-16)
  [ ! -e "$into/.packages-$stamp" ] || return 0
  private_apt
  rm -rf "$new" "$cache/debs"
  mkdir -p "$new" "$cache/debs"
  say "downloading $# packages"
  (cd "$cache/debs" && apt-get download -q "$@" >&2)
  for deb in "$cache"/debs/*.deb; do
    dpkg-deb -x "$deb" "$new"
    dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb" >>"$new/.versions"
  done
  touch "$new/.packages-$stamp"
  rm -rf "$into" "$cache/debs"
  mv "$new" "$into"
}

# GOPATH mode: Debian ships libraries as a GOPATH tree, not as modules; go.mod makes the /v3 import paths resolve there.
toolchain() {
  mapfile -t packages <"$here/packages.txt"
  unpack root "golang-$go_version-go" "golang-$go_version-src" "${packages[@]}"
  work=$cache/gopath/src/apiserver
  mkdir -p "$work"
  find "$work" -maxdepth 1 -type f -delete
  cp "$here"/*.go "$here/go.mod" "$work/"
  export GOROOT=$cache/root/usr/lib/go-$go_version
  export PATH=$GOROOT/bin:$PATH
  export GOTOOLCHAIN=local GOPROXY=off GO111MODULE=off GOFLAGS=-trimpath CGO_ENABLED=0 GOTELEMETRY=off
  export GOCACHE=$cache/gocache GOPATH=$cache/gopath:$cache/root/usr/share/gocode
  cd "$work"
  openapi
}

# The schemas of the built-in kinds, for server-side apply and kubectl explain.
openapi() {
  local api=k8s.io/api meta=k8s.io/apimachinery/pkg stamp
  local of=(
    $api/{core,apps,coordination,events,networking,policy,rbac,authentication,authorization,autoscaling}/v1
    $meta/{apis/meta/v1,api/resource,runtime,version,util/intstr} k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1
  )
  stamp=openapi/.of-$( (printf '%s\n' "${of[@]}"; cat "$cache/root/.versions") | sha256sum | cut -c1-16)
  [ ! -e "$stamp" ] || return 0
  say "generating the schemas of the built-in kinds"
  rm -rf openapi
  go build -o "$cache/openapi-gen" k8s.io/kube-openapi/cmd/openapi-gen
  "$cache/openapi-gen" --go-header-file /dev/null --output-dir ./openapi --output-pkg apiserver/openapi \
    --output-file zz_generated.go --report-filename /dev/null "${of[@]}" >&2
  touch "$stamp"
}

# The version that the server calls itself: that of the Kubernetes libraries it is made of, 0.36.4 for 1.36.4.
kubernetes_version() { sed -n 's/^golang-k8s-apiserver-dev \(.*:\)*0\.\([0-9]*\.[0-9]*\).*/1.\2/p' "$cache/root/.versions"; }

build() {
  local binary version info=k8s.io/component-base/version
  binary=$cache/builds/$(key)/apiserver
  if [ ! -x "$binary" ]; then
    lock
    if [ ! -x "$binary" ]; then
      toolchain
      version=$(kubernetes_version)
      say "building the server of Kubernetes $version"
      mkdir -p "$(dirname "$binary")"
      go build -o "$binary.new" -ldflags \
        "-s -w -X $info.gitVersion=v$version -X $info.gitMajor=${version%%.*} -X $info.gitMinor=$(cut -d. -f2 <<<"$version")" apiserver
      mv "$binary.new" "$binary"
      prune
    fi
  fi
  touch "$binary"
  printf '%s\n' "$binary"
}

# Keeps the three builds that were used last: 80 MB each.
prune() {
  ls -1t "$cache"/builds/*/apiserver | tail -n +4 | while IFS= read -r old; do rm -rf "$(dirname "$old")"; done
}

unit_tests() {
  lock
  toolchain
  local unformatted
  unformatted=$(gofmt -l ./*.go)
  [ -z "$unformatted" ] || fail "not formatted by gofmt: $unformatted"
  # Without vet, which would analyse all of Kubernetes for it.
  go test -vet=off apiserver "$@"
}

kubectl() {
  local binary=$cache/kubectl/usr/bin/kubectl
  if [ ! -x "$binary" ]; then
    lock
    unpack kubectl kubectl
  fi
  printf '%s\n' "$binary"
}

case ${1:-} in
  "") build ;;
  test) shift; unit_tests "$@" ;;
  has-go) [ -x "$cache/root/usr/lib/go-$go_version/bin/go" ] ;;
  kubectl) kubectl ;;
  *) fail "unknown command $1" ;;
esac
