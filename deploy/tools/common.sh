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

# A port of the loopback interface on which nothing listens.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null ||
    node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

# throw_away: makes $folder for what a script leaves behind. When the script ends, the process in $server is stopped and the
# folder removed.
throw_away() {
  folder=$(mktemp -d)
  server=
  trap stop_and_clear EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}
stop_and_clear() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  rm -rf "$folder"
}

# serve_demo PROGRAM [VARIABLE=VALUE...]: a server with demo data in $folder, on a free port; afterwards $url is its address.
# Without DATABASE_URL its database is an SQLite file there. Its log is $folder/server.log.
serve_demo() {
  local program=$1
  shift
  export DATABASE_URL=${DATABASE_URL:-sqlite://$folder/clinic.db} DOCSLOT_SERVER_ADDRESS=127.0.0.1:0
  "$program" seed --demo >/dev/null 2>"$folder/server.log" || { cat "$folder/server.log" >&2; die "seeding failed"; }
  env "$@" "$program" serve >"$folder/server.out" 2>"$folder/server.log" &
  server=$!
  url=
  for _ in $(seq 300); do
    url=$(sed -n 's/^docslot is ready at //p' "$folder/server.out")
    [[ -z $url ]] || return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  cat "$folder/server.log" >&2
  die "the server did not start"
}
