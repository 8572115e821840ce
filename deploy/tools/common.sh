# Read by the other scripts (". common.sh"): where things are, and how to say what happens.
# After it: $root (the clone), $tools (the tools folder), PATH with the tools first, and the pinned versions.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=versions.env
. "$root/deploy/tools/versions.env"

tools=${DOCSLOT_TOOLS:-$root/.tools}
[[ $tools == /* ]] || tools=$root/$tools
export PATH="$tools/bin:$tools/npm/node_modules/.bin:$tools/node/bin:$PATH"
# the Python of the test suite, with the packages of requirements.txt
export DOCSLOT_PYTHON=${DOCSLOT_PYTHON:-$tools/python/bin/python}

say() { printf '==> %s\n' "$*"; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# as_root COMMAND...: runs it as root, through sudo where needed.
as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    die "needs root for: $*  (run it as root, or install sudo)"
  fi
}

# The folder with initdb and pg_ctl; Debian keeps them out of PATH. Prints nothing when PostgreSQL is missing.
postgres_bin() {
  local found
  found=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -name initdb 2>/dev/null | sort -V | tail -n 1)
  [[ -n $found ]] || found=$(command -v initdb || true)
  [[ -z $found ]] || dirname "$found"
}
