#!/usr/bin/env bash
# Starts an API server for tests in the foreground; prints "ready url=... kubeconfig=..." on stdout once it can be used.
#   start.sh [-stop-on-stdin-eof] [-port N] [-data DIR] [-kubeconfig FILE] [-user NAME[:GROUP,...]]
# Which one, in this order:
#   OPERATOR_TEST_KUBECONFIG   any cluster: nothing is started
#   KUBEBUILDER_ASSETS         folder with envtest's kube-apiserver and etcd
#   the server of this folder, built from Debian packages on the first use and cached
#   CI=true and the build failed: the team's prebuilt server, with a warning
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [ -n "${OPERATOR_TEST_KUBECONFIG:-}" ]; then
  url=$("$here/kubectl.sh" --kubeconfig "$OPERATOR_TEST_KUBECONFIG" config view --minify -o 'jsonpath={.clusters[0].cluster.server}')
  "$here/kubectl.sh" --kubeconfig "$OPERATOR_TEST_KUBECONFIG" get --raw /readyz >/dev/null
  echo "ready url=$url kubeconfig=$OPERATOR_TEST_KUBECONFIG"
  case " $* " in *" -stop-on-stdin-eof "*) exec cat >/dev/null ;; *) exec sleep infinity ;; esac
fi
if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  exec "$here/start-other.sh" envtest "$KUBEBUILDER_ASSETS" "$@"
fi
if binary=$("$here/build.sh"); then
  exec "$binary" "$@"
fi

prebuilt=$here/../../../shared/apiserver/prebuilt
if [ "${CI:-}" = true ] && [ -d "$prebuilt" ]; then
  cat >&2 <<'TEXT'
**********************************************************************************************
* WARNING: the API server could not be built from its sources. The tests run against a binary
* that was built earlier from other sources; what they say about tests/apiserver is worthless.
**********************************************************************************************
TEXT
  exec "$here/start-other.sh" prebuilt "$prebuilt" "$@"
fi
cat >&2 <<'TEXT'
No API server for tests. On a system that is not Debian, set one of:
  OPERATOR_TEST_KUBECONFIG=FILE   kubeconfig of any cluster (kind, k3d, minikube, ...); tests install CRDs and make namespaces in it
  KUBEBUILDER_ASSETS=FOLDER       holds kube-apiserver and etcd, as `setup-envtest use -p path` prints it
TEXT
exit 1
