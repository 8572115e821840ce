#!/usr/bin/env bash
# Lists what one booking asks the database through each door, with the time of each statement, from the server's own log:
# the API at once, the API by a hold, the website's forms, a move and a cancellation.
#
#   statements.sh ENGINE   sqlite or postgres; DOCSLOT_BIN names another program than the release build's
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

engine=${1:-}
[[ $engine == sqlite || $engine == postgres ]] || die "usage: statements.sh sqlite | postgres"
if [[ $engine == postgres && -z ${TEST_DATABASE_URL:-} ]]; then
  exec deploy/tools/postgres.sh "$0" "$@"
fi
program=${DOCSLOT_BIN:-$root/target/release/docslot}
[[ -x $program ]] || die "no release build: run make build"

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

export DATABASE_URL=sqlite://$folder/clinic.db
[[ $engine == sqlite ]] || export DATABASE_URL=$TEST_DATABASE_URL
export DOCSLOT_SERVER_ADDRESS=127.0.0.1:0 DOCSLOT_MAIL_TRANSPORT=none DOCSLOT_LIMITS_REGISTRATIONS=0 DOCSLOT_LIMITS_HOLDS=0
"$program" seed --demo >/dev/null 2>"$folder/server.log" || { cat "$folder/server.log" >&2; die "seeding failed"; }
DOCSLOT_TELEMETRY_LOG=warn,sqlx::query=debug,docslot=debug DOCSLOT_TELEMETRY_FORMAT=json \
  "$program" serve >"$folder/server.out" 2>"$folder/server.log" &
server=$!
url=
for _ in $(seq 300); do
  url=$(grep -oE 'http://[0-9.:]+' "$folder/server.out" || true)
  [[ -z $url ]] || break
  kill -0 "$server" 2>/dev/null || { cat "$folder/server.log" >&2; die "the server ended"; }
  sleep 0.1
done
[[ -n $url ]] || die "the server does not start"
say "$engine"
node deploy/tools/statements.mjs "$url" "$folder/server.log"
