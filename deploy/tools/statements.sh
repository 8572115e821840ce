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

throw_away

DATABASE_URL=
[[ $engine == sqlite ]] || DATABASE_URL=$TEST_DATABASE_URL
serve_demo "$program" DOCSLOT_MAIL_TRANSPORT=none DOCSLOT_LIMITS_REGISTRATIONS=0 DOCSLOT_LIMITS_HOLDS=0 \
  DOCSLOT_TELEMETRY_LOG=warn,sqlx::query=debug,docslot=debug DOCSLOT_TELEMETRY_FORMAT=json
say "$engine"
node deploy/tools/statements.mjs "$url" "$folder/server.log"
