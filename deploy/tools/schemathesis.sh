#!/usr/bin/env bash
# Asks the API what its own description promises, with requests that schemathesis makes up from it: good ones, bad ones,
# and whole stories in which an answer's ids go into the next request. The real server runs on a database of its own with
# the demo's data. Every operation is asked by whom it is for: a patient, a doctor and staff, each with a personal token,
# and a patient who signed in with a password.
#
#   schemathesis.sh sqlite|postgres [CASES]     at least so many cases (default 1500)
#
# DOCSLOT_BIN names the server (default target/debug/docslot). With DOCSLOT_REPORTS, what was asked and answered is kept in
# that folder. PostgreSQL is found in TEST_DATABASE_URL, or a throw-away server is started.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

engine=${1:-} cases=${2:-1500}
[[ $engine == sqlite || $engine == postgres ]] || die "usage: schemathesis.sh sqlite|postgres [CASES]"
if [[ $engine == postgres && -z ${TEST_DATABASE_URL:-} ]]; then
  exec deploy/tools/postgres.sh "$0" "$@"
fi
program=${DOCSLOT_BIN:-$root/target/debug/docslot}
[[ -x $program ]] || die "no server at $program: build it, or set DOCSLOT_BIN"
asker=$(dirname "$DOCSLOT_PYTHON")/schemathesis
[[ -x $asker ]] || die "schemathesis is missing: run deploy/tools/install.sh test"

folder=$(mktemp -d)
server= database=
stop_server() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  server=
  [[ -z $database ]] || sql "drop database $database with (force)" || true
  database=
}
trap 'stop_server; rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

sql() { "$(postgres_bin)/psql" --quiet --no-psqlrc --dbname "$TEST_DATABASE_URL" --command "$1"; }

# Limits by network address would refuse what is to be tested: everything comes from one address here.
export DOCSLOT_LEPTOS_HASH_FILES=false DOCSLOT_LIMITS_HOLDS=0 DOCSLOT_LIMITS_REGISTRATIONS=0 \
  DOCSLOT_BOOKING_MAX_FUTURE_APPOINTMENTS=1000 DOCSLOT_MAIL_TRANSPORT=none DOCSLOT_TELEMETRY_LOG=warn \
  PYTHONDONTWRITEBYTECODE=1

# A server with the demo's clinic as it is on its first day: what one round does to it does not weaken the next one.
start_server() {
  local port
  if [[ $engine == sqlite ]]; then
    rm -f "$folder"/docslot.db*
    export DATABASE_URL=sqlite://$folder/docslot.db
  else
    database=schemathesis_$$
    sql "create database $database"
    export DATABASE_URL=${TEST_DATABASE_URL%/*}/$database
  fi
  port=$("$DOCSLOT_PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  url=http://127.0.0.1:$port
  "$program" seed --demo >"$folder/people"
  DOCSLOT_SERVER_ADDRESS=127.0.0.1:$port "$program" serve >>"$folder/server.log" 2>&1 &
  server=$!
  for _ in $(seq 300); do
    kill -0 "$server" 2>/dev/null || { cat "$folder/server.log" >&2; die "the server ended"; }
    curl -fsS -o /dev/null "$url/readyz" 2>/dev/null && break
    sleep 0.1
  done
}

# post PATH BODY [TOKEN]: the field "token" of the answer.
post() {
  curl -fsS -H 'Content-Type: application/json' ${3:+-H "Authorization: Bearer $3"} -d "$2" "$url/api/v1$1" |
    "$DOCSLOT_PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["token"])'
}

# session ROLE: signs the demo's person in.
session() {
  local email password
  read -r email password < <(awk -v role="$1" '$1 == role { print $2, $3 }' "$folder/people")
  post /login "{\"email\": \"$email\", \"password\": \"$password\"}"
}

# personal ROLE SCOPES: a personal token.
personal() { post /tokens "{\"name\": \"schemathesis\", \"scopes\": [$2]}" "$(session "$1")"; }

# fell_over LOG: Python 3.11 now and then fails to parse the source of a strategy that Hypothesis wants to describe. Then
# nothing was found, nor asked to the end, and the run begins again.
fell_over() {
  grep -q 'SystemError: AST constructor recursion depth mismatch' "$1" && ! grep -q '= FAILURES =' "$1"
}

asked=0 failed=0
# ask NAME TOKEN OPTION...: one run; adds to $asked and $failed.
ask() {
  local name=$1 token=$2 log=$folder/$1 at=$SECONDS status count turn
  shift 2
  local report=()
  [[ -z ${DOCSLOT_REPORTS:-} ]] ||
    report=(--report ndjson --report-ndjson-path "$DOCSLOT_REPORTS/$engine-$name-$asked.ndjson")
  for turn in 1 2 3; do
    status=0
    DOCSLOT_ASKED=$url DOCSLOT_ASKED_AS=$token DOCSLOT_ANSWERS=$folder/answers \
      "$asker" --config-file deploy/tools/schemathesis.toml run "$url/api/openapi.json" --no-color --workers 2 --checks all \
      --header "Authorization: Bearer $token" --max-examples "$examples" "${report[@]}" "$@" >"$log" 2>&1 || status=$?
    fell_over "$log" || break
    say "$engine, $name: the asker itself fell over (turn $turn)"
  done
  count=$(sed -nE 's/^ *([0-9]+) generated.*/\1/p' "$log" | tail -n 1)
  asked=$((asked + ${count:-0}))
  say "$engine, $name: ${count:-0} cases, $((SECONDS - at)) s"
  if ((status != 0)) || [[ -z $count ]]; then
    failed=$((failed + 1))
    cat "$log"
  fi
}

round() {
  start_server
  ask patient "$(personal patient '"read", "book"')" --include-tag directory --include-tag booking
  # signing out would end the session in which the others are asked: it is asked alone, at the end
  ask owner "$(session patient)" --include-tag accounts --include-tag tokens --exclude-path /logout
  ask doctor "$(personal doctor '"read", "manage"')" --include-tag doctor
  ask staff "$(personal admin '"read", "manage"')" --include-tag staff
  ask leaver "$(session admin)" --include-path /logout
  stop_server
}

examples=${DOCSLOT_EXAMPLES:-}
if [[ -z $examples ]]; then
  ((cases <= 3000)) && examples=10 || examples=150
fi
: >"$folder/answers"
while ((asked < cases && failed == 0)); do
  round
done

# What a program is not told of must not have happened either.
if grep -E 'ERROR|panicked' "$folder/server.log"; then
  failed=$((failed + 1))
  say "the server logged errors"
fi
"$DOCSLOT_PYTHON" deploy/tools/schemathesis_checks.py "$folder/answers"
echo "schemathesis, $engine: $asked cases, $failed runs failed"
((failed == 0)) || die "the API does not keep to its description on $engine"
