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
throw_away
serve_demo "$program" DOCSLOT_SERVER_TRUSTED_PROXIES=127.0.0.1 DOCSLOT_MAIL_TRANSPORT=none DOCSLOT_TELEMETRY_LOG=warn

# an account of its own, whose network is known afterwards
email=storm@example.org password='quiet green bicycle'
curl -fsS -o /dev/null -H 'content-type: application/json' -H 'x-forwarded-for: 10.234.96.1' \
  -d "{\"email\": \"$email\", \"password\": \"$password\"}" "$url/api/v1/register"
echo "load of the machine before: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores"
CORES=$(nproc) node "$(dirname "$0")/sign-in-storm.mjs" "$url" "$email" "$password"
echo "load of the machine after: $(cut -d' ' -f1-3 /proc/loadavg)"
