#!/usr/bin/env bash
# A storm of bookings against the release build on a demo clinic, and the checker of what came of it:
#
#   storm.sh ENGINE [ATTEMPTS [CLIENTS]]   sqlite or postgres; a million requests of 64 clients unless told otherwise
#
# Ends with 1 when something does not fit. DOCSLOT_BIN and DOCSLOT_STORM name other programs.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

engine=${1:-} attempts=${2:-1000000} clients=${3:-64}
[[ $engine == sqlite || $engine == postgres ]] || die "usage: storm.sh sqlite | postgres [ATTEMPTS [CLIENTS]]"
if [[ $engine == postgres && -z ${TEST_DATABASE_URL:-} ]]; then
  exec deploy/tools/postgres.sh "$0" "$@"
fi
program=${DOCSLOT_BIN:-$root/target/release/docslot}
storm=${DOCSLOT_STORM:-$root/target/release/docslot-storm}
[[ -x $program && -x $storm ]] || die "no release build: run make storm"

folder=$(mktemp -d)
server=
clear_up() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap clear_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

export DATABASE_URL=sqlite://$folder/clinic.db
[[ $engine == sqlite ]] || export DATABASE_URL=$TEST_DATABASE_URL
export DOCSLOT_SERVER_ADDRESS=127.0.0.1:0 DOCSLOT_LEPTOS_HASH_FILES=false DOCSLOT_TELEMETRY_LOG=warn
export DOCSLOT_LIMITS_REGISTRATIONS=0 DOCSLOT_LIMITS_HOLDS=0 DOCSLOT_BOOKING_MAX_FUTURE_APPOINTMENTS=1000
export DOCSLOT_MAIL_TRANSPORT=file DOCSLOT_MAIL_FOLDER=$folder/mail
"$program" seed --demo >/dev/null 2>"$folder/server.log" || { cat "$folder/server.log" >&2; die "seeding failed"; }
"$program" serve >"$folder/server.out" 2>>"$folder/server.log" &
server=$!
for _ in $(seq 300); do
  url=$(grep -oE 'http://[0-9.:]+' "$folder/server.out" || true)
  [[ -z $url ]] || break
  sleep 0.1
done
[[ -n $url ]] || { cat "$folder/server.log" >&2; die "the server does not start"; }

say "$engine: $attempts requests of $clients clients"
"$storm" run --url "$url" --clients "$clients" --attempts "$attempts" --history "$folder/history" --seed "$RANDOM" \
  --mail "$folder/mail"
"$storm" check --history "$folder/history" --database "$DATABASE_URL" --mail "$folder/mail"
