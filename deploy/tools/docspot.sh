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

throw_away

DATABASE_URL=
[[ ${1:-} != --postgres ]] || DATABASE_URL=$TEST_DATABASE_URL
serve_demo "$program" DOCSLOT_LEPTOS_HASH_FILES=false

say "DocSpot client on ${DATABASE_URL%%:*}"
python3 deploy/tools/docspot.py "$url/api/v1"

if [[ ${1:-} != --postgres ]]; then
  # a database of the caller's own might hold something: only a throw-away server is filled
  env -u TEST_DATABASE_URL deploy/tools/postgres.sh deploy/tools/docspot.sh --postgres
fi
