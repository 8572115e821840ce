#!/usr/bin/env bash
# Runs a client written for the DocSpot document against the program itself, with demo data: on SQLite, then on a
# throw-away PostgreSQL.
#
#   docspot.sh             both; builds the program for debugging if need be
#   docspot.sh --postgres  called by this script itself, inside postgres.sh
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

program=$root/target/debug/docslot
have python3 || die "python3 is missing: the client is written in it"
if [[ ${1:-} != --postgres ]]; then
  cargo build --features ssr --bin docslot
fi

folder=$(mktemp -d)
server=
stop() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

export DATABASE_URL=sqlite://$folder/docspot.db DOCSLOT_SERVER_ADDRESS=127.0.0.1:0 DOCSLOT_LEPTOS_HASH_FILES=false
[[ ${1:-} != --postgres ]] || export DATABASE_URL=$TEST_DATABASE_URL

"$program" seed --demo >/dev/null
"$program" serve >"$folder/server.log" 2>&1 &
server=$!
url=
for _ in $(seq 300); do
  url=$(sed -n 's/^docslot is ready at //p' "$folder/server.log")
  [[ -z $url ]] || break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
[[ -n $url ]] || { cat "$folder/server.log" >&2; die "the server did not start"; }

say "DocSpot client on ${DATABASE_URL%%:*}"
python3 deploy/tools/docspot.py "$url/api/v1"

if [[ ${1:-} != --postgres ]]; then
  # a database of the caller's own might hold something: only a throw-away server is filled
  env -u TEST_DATABASE_URL deploy/tools/postgres.sh deploy/tools/docspot.sh --postgres
fi
