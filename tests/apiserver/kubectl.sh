#!/usr/bin/env bash
# Runs kubectl: the one that KUBECTL names, the one on the PATH, or Debian's, unpacked in the user's cache folder.
set -euo pipefail
if [ -n "${KUBECTL:-}" ]; then exec "$KUBECTL" "$@"; fi
if command -v kubectl >/dev/null; then exec kubectl "$@"; fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if ! debian=$("$here/build.sh" kubectl); then
  echo "kubectl is missing: install it, or set KUBECTL to its path" >&2
  exit 127
fi
exec "$debian" "$@"
