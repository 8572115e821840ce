#!/usr/bin/env bash
# Measures what 200 wrong passwords at once do to the directory, and how many people can sign in a second, against the
# time of one hash. Starts a server of the release build on a database of its own, which it
# removes. Prints figures, with the machine's load, and never fails for one.
#
#   sign-in-storm.sh [PROGRAM]   by default target/release/docslot
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

program=${1:-$root/target/release/docslot}
[[ -x $program ]] || die "no program at $program: run make build, or name one"
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

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
url=http://127.0.0.1:$port
export DATABASE_URL=sqlite://$folder/docslot.db DOCSLOT_SERVER_ADDRESS=127.0.0.1:$port DOCSLOT_SERVER_PUBLIC_URL=$url
export DOCSLOT_SERVER_TRUSTED_PROXIES=127.0.0.1 DOCSLOT_MAIL_TRANSPORT=none DOCSLOT_TELEMETRY_LOG=warn
"$program" seed --demo >"$folder/seed.txt" 2>&1 || { cat "$folder/seed.txt" >&2; die "no demo data"; }
"$program" serve >"$folder/log.txt" 2>&1 &
server=$!
for _ in $(seq 100); do
  curl -fsS "$url/readyz" >/dev/null 2>&1 && break
  kill -0 "$server" 2>/dev/null || { cat "$folder/log.txt" >&2; die "the server stopped"; }
  sleep 0.2
done

# an account of its own, whose network is known afterwards
email=storm@example.org password='quiet green bicycle'
curl -fsS -o /dev/null -H 'content-type: application/json' -H 'x-forwarded-for: 10.234.96.1' \
  -d "{\"email\": \"$email\", \"password\": \"$password\"}" "$url/api/v1/register"
echo "load of the machine before: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores"
CORES=$(nproc) node "$(dirname "$0")/sign-in-storm.mjs" "$url" "$email" "$password"
echo "load of the machine after: $(cut -d' ' -f1-3 /proc/loadavg)"
