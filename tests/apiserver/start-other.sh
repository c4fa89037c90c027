#!/usr/bin/env bash
# Starts an API server that takes its users from a token file, and does what start.sh promises around it.
#   start-other.sh envtest DIR [options of start.sh]    kube-apiserver and etcd of DIR
#   start-other.sh prebuilt DIR [options of start.sh]   the packed server of DIR, after a check of its SHA-256
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kind=$1 from=$2
shift 2
port='' data='' kubeconfig='' until_eof=''
while [ $# -gt 0 ]; do
  case $1 in
    -port) port=$2; shift 2 ;;
    -data) data=$2; shift 2 ;;
    -kubeconfig) kubeconfig=$2; shift 2 ;;
    -stop-on-stdin-eof) until_eof=yes; shift ;;
    *) echo "apiserver: $kind has no option $1" >&2; exit 2 ;;
  esac
done

fail() { echo "apiserver: $*" >&2; exit 1; }

children=() temporary=''
# shellcheck disable=SC2317
clean_up() {
  trap - EXIT
  [ ${#children[@]} = 0 ] || { kill "${children[@]}" 2>/dev/null || true; wait "${children[@]}" 2>/dev/null || true; }
  [ -z "$temporary" ] || rm -rf "$temporary"
}
trap clean_up EXIT
trap 'exit 0' TERM INT
exec 3<&0
if [ -n "$until_eof" ]; then (cat <&3 >/dev/null; kill -TERM $$) & fi

[ -n "$data" ] || { temporary=$(mktemp -d); data=$temporary; }
mkdir -p "$data/pki"
chmod 700 "$data"
[ -n "$kubeconfig" ] || kubeconfig=$data/kubeconfig

# The first of three neighbouring ports on which nobody listens; below the range from which the kernel gives out ports.
free_ports() {
  local first p
  while :; do
    first=$((20000 + RANDOM % 12000))
    for p in $first $((first + 1)) $((first + 2)); do
      if (exec 4<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; then continue 2; fi
    done
    echo "$first"
    return
  done
}
[ -n "$port" ] && [ "$port" != 0 ] || port=$(free_ports)

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
[ -s "$data/tokens.csv" ] || (umask 077; echo "$(random),admin,admin,\"system:masters\"" >"$data/tokens.csv")
token=$(sed -n 's/,admin,.*//p' "$data/tokens.csv")

case $kind in
  envtest)
    for f in etcd kube-apiserver; do [ -x "$from/$f" ] || fail "KUBEBUILDER_ASSETS=$from holds no $f"; done
    "$here/../../.ci/need" openssl # for the keys of service accounts
    [ -s "$data/sa.key" ] || (umask 077; openssl genrsa -out "$data/sa.key" 2048 2>/dev/null)
    client=http://127.0.0.1:$((port + 1)) peer=http://127.0.0.1:$((port + 2))
    "$from/etcd" --data-dir "$data/etcd" --unsafe-no-fsync --log-level error --listen-client-urls "$client" \
      --advertise-client-urls "$client" --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
      --initial-cluster "default=$peer" 3<&- >&2 &
    children+=($!)
    "$from/kube-apiserver" --etcd-servers "$client" --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$port" \
      --cert-dir "$data/pki" --token-auth-file "$data/tokens.csv" --authorization-mode RBAC --service-cluster-ip-range 10.0.0.0/24 \
      --service-account-issuer https://kubernetes.default.svc.cluster.local --service-account-key-file "$data/sa.key" \
      --service-account-signing-key-file "$data/sa.key" --disable-admission-plugins ServiceAccount 3<&- >&2 &
    children+=($!)
    ;;
  prebuilt)
    "$here/../../.ci/need" xz
    packed=$(cd "$from" && ls apiserver-linux-"$(uname -m | sed 's/x86_64/amd64/;s/aarch64/arm64/')".xz) || fail "no prebuilt server for this machine"
    (cd "$from" && sha256sum --check --quiet --strict "$packed.sha256") >&2 || fail "the prebuilt server is not what its SHA-256 says"
    xz -dc "$from/$packed" >"$data/apiserver"
    chmod 700 "$data/apiserver"
    "$data/apiserver" -port "$port" -data "$data" -tokens "$data/tokens.csv" 3<&- >&2 &
    children+=($!)
    ;;
esac

server=${children[-1]} url=https://127.0.0.1:$port
for _ in $(seq 300); do
  kill -0 "$server" 2>/dev/null || fail "the server ended before it was ready"
  if [ -s "$data/pki/apiserver.crt" ]; then
    (umask 077; cat >"$kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: admin
clusters: [{name: test, cluster: {server: "$url", certificate-authority-data: $(base64 -w0 "$data/pki/apiserver.crt")}}]
users: [{name: admin, user: {token: $token}}]
contexts: [{name: admin, context: {cluster: test, user: admin}}]
YAML
    )
    if "$here/kubectl.sh" --kubeconfig "$kubeconfig" get --raw /readyz >/dev/null 2>&1; then
      echo "ready url=$url kubeconfig=$kubeconfig"
      wait "$server"
      exit
    fi
  fi
  sleep 0.1
done
fail "the server did not become ready within 30 s"
