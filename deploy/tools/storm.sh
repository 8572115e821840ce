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

throw_away
[[ $engine == sqlite ]] || export DATABASE_URL=$TEST_DATABASE_URL
export DOCSLOT_LEPTOS_HASH_FILES=false DOCSLOT_TELEMETRY_LOG=warn
export DOCSLOT_LIMITS_REGISTRATIONS=0 DOCSLOT_LIMITS_HOLDS=0 DOCSLOT_BOOKING_MAX_FUTURE_APPOINTMENTS=1000
export DOCSLOT_MAIL_TRANSPORT=file DOCSLOT_MAIL_FOLDER=$folder/mail
serve_demo "$program"

say "$engine: $attempts requests of $clients clients"
"$storm" run --url "$url" --clients "$clients" --attempts "$attempts" --history "$folder/history" --seed "$RANDOM" \
  --mail "$folder/mail"
"$storm" check --history "$folder/history" --database "$DATABASE_URL" --mail "$folder/mail"
